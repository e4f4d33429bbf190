import { ConfigurableModuleBuilder } from '@nestjs/common';
import { TaskResolver } from './task-resolver.js';
import type { ToolKeysModuleExtras, ToolKeysModuleOptions } from './tool-keys.options.js';

export const { ConfigurableModuleClass: ConfigurableToolKeysModule, MODULE_OPTIONS_TOKEN: toolKeysOptions } =
  new ConfigurableModuleBuilder<ToolKeysModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<ToolKeysModuleExtras>({}, (definition, { taskResolver }) => ({
      ...definition,
      providers: [
        ...(definition.providers ?? []),
        ...(taskResolver === undefined ? [] : [{ provide: TaskResolver, useClass: taskResolver }]),
      ],
    }))
    .build();
