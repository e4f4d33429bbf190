import { ConfigurableModuleBuilder, type Type } from '@nestjs/common';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

/** What an application decides about tool keys. */
export interface ToolKeysModuleOptions {
  /** The most active tool keys of one task, 100 unless given. */
  readonly maxPerTask?: number;
  /** The most active tool keys of one owner, 10,000 by default. */
  readonly maxPerOwner?: number;
  /** The most tool keys that may be asked for of one task in a minute, 600 by default; each process counts by itself. */
  readonly maxPerTaskAndMinute?: number;
  /** The most heartbeats of one key within its `heartbeatSeconds`, 5 by default; each process counts by itself. */
  readonly maxHeartbeatsPerInterval?: number;
}

/** What has to be known before the options are, so it stands beside `useFactory` in `forRootAsync`. */
export interface ToolKeysModuleExtras {
  /** Tells whose a task is; every owner has its own unless given. Made by Nest, and may inject what is global. */
  readonly taskResolver?: Type<TaskResolver>;
}

/** Tells whose a task is. An application that keeps tasks gives its own; see `ToolKeysModule.forRoot`. */
export abstract class TaskResolver {
  /**
   * The owner of the task that `user` wants a key for; `null` when there is no such task. To throw, to take more than 3 s,
   * or to answer with anything but a text is a 503, and no key is issued.
   */
  abstract ownerOf(taskId: string, user: AuthenticatedUser): Promise<string | null> | string | null;
}

/** Every owner has its own tasks: two with the same name are two. */
export class TasksPerOwner extends TaskResolver {
  ownerOf(_taskId: string, { ownerId }: AuthenticatedUser): string {
    return ownerId;
  }
}

/**
 * The owner that a `TaskResolver` answered, in whatever words: it is only compared. Throws an `Error` for what is no text;
 * `undefined` counts as `null`.
 */
export function readTaskOwner(answer: unknown): string | null {
  if (answer === null || answer === undefined) return null;
  if (typeof answer === 'string' && answer !== '') return answer;
  throw new Error('It answered with neither an owner nor null.');
}

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
