import { ConfigurableModuleBuilder } from '@nestjs/common';
import { z } from 'zod';
import { checkModuleOptions } from '../auth/options/check-module-options.js';
import { routesSchemas } from '../http/mounted-routes.js';

/** Options of `GatehouseConsoleModule`. */
export interface ConsoleModuleOptions {
  /** Where the console is, outside of a global prefix; by default `'/console'`. */
  readonly path?: string;
  /** The `path` of `ApiKeysModule` and `ToolKeysModule`, which must be the same; by default `'api/v1'`, as theirs. */
  readonly apiPath?: string;
}

export const { ConfigurableModuleClass: ConfigurableConsoleModule, MODULE_OPTIONS_TOKEN: consoleOptions } =
  new ConfigurableModuleBuilder<ConsoleModuleOptions>().setClassMethodName('forRoot').build();

const rule = "path is a path like '/console', of letters, digits and - . _ ~.";

const optionsSchema = z.strictObject({
  path: z
    .string(rule)
    .max(200, rule)
    .regex(/^(?:\/[\w~-][\w.~-]*)+$/, rule)
    .optional(),
  apiPath: routesSchemas([]).path,
} satisfies Record<keyof ConsoleModuleOptions, z.ZodType>);

/** Throws an `Error` that names everything wrong. */
export function checkConsoleOptions(options: unknown): void {
  checkModuleOptions('GatehouseConsoleModule', optionsSchema, options);
}
