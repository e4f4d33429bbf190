import { ConfigurableModuleBuilder, type Type } from '@nestjs/common';
import { z } from 'zod';
import { limitOption } from '../auth/options/check-module-options.js';
import { routesSchemas } from '../http/mounted-routes.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';

export const toolKeysRoutes = ['self', 'tool-keys', 'tasks', 'admin'] as const;

/** The routes of tool keys, and limits for them. */
export interface ToolKeysModuleOptions {
  /** The path before the routes, after your global prefix; by default `api/v1`. What the prefix ends with is not repeated. */
  readonly path?: string;
  /** The routes to mount; by default all. With `[]` there are none, and the services work all the same. */
  readonly controllers?: readonly ('self' | 'tool-keys' | 'tasks' | 'admin')[];
  /** Active tool keys of one task; by default 100. */
  readonly maxPerTask?: number;
  /** Active tool keys of one owner; by default 10,000. */
  readonly maxPerOwner?: number;
  /** Tool keys requested for one task per minute and process; by default 600. */
  readonly maxPerTaskAndMinute?: number;
  /** Heartbeats of one key per `heartbeatSeconds` and process; by default 5. */
  readonly maxHeartbeatsPerInterval?: number;
}

export const toolKeysOptionsSchema = z.strictObject({
  maxPerTask: limitOption('maxPerTask'),
  maxPerOwner: limitOption('maxPerOwner'),
  maxPerTaskAndMinute: limitOption('maxPerTaskAndMinute'),
  maxHeartbeatsPerInterval: limitOption('maxHeartbeatsPerInterval'),
  ...routesSchemas(toolKeysRoutes),
  taskResolver: z
    .undefined(
      'taskResolver stands beside useFactory in forRootAsync({ taskResolver, useFactory }), not in what it returns.',
    )
    .optional(),
} satisfies Record<keyof (ToolKeysModuleOptions & ToolKeysModuleExtras), z.ZodType>);

/** A class, in `forRootAsync` beside `useFactory`. */
export interface ToolKeysModuleExtras {
  /** Finds the owner of a task; by default every owner has its own tasks. Created by Nest; can inject global providers. */
  readonly taskResolver?: Type<TaskResolver>;
}

/** Finds the owner of a task. An application that stores tasks provides its own, see `ToolKeysModule.forRoot`. */
export abstract class TaskResolver {
  /**
   * The owner of the task for which `user` requests a key; `null` when there is no such task. When it throws, takes more
   * than 3 s or returns anything but a string, the request gets 503 and no key is issued.
   */
  abstract ownerOf(taskId: string, user: AuthenticatedUser): Promise<string | null> | string | null;
}

/** Every owner has its own tasks. Tasks of two owners are different, even with the same name. */
export class TasksPerOwner extends TaskResolver {
  ownerOf(_taskId: string, { ownerId }: AuthenticatedUser): string {
    return ownerId;
  }
}

/** Checks the answer of a `TaskResolver`; `undefined` counts as `null`. Throws an `Error` for any other type than a string. */
export function readTaskOwner(answer: unknown): string | null {
  if (answer === null || answer === undefined) return null;
  if (typeof answer === 'string' && answer !== '') return answer;
  throw new Error('It returned neither an owner nor null.');
}

export const { ConfigurableModuleClass: ConfigurableToolKeysModule, MODULE_OPTIONS_TOKEN: toolKeysOptions } =
  new ConfigurableModuleBuilder<ToolKeysModuleOptions>()
    .setClassMethodName('forRoot')
    .setExtras<{ taskResolver: ToolKeysModuleExtras['taskResolver'] | undefined }>(
      { taskResolver: undefined },
      (definition, { taskResolver }) => ({
        ...definition,
        providers: [
          ...(definition.providers ?? []),
          ...(taskResolver === undefined ? [] : [{ provide: TaskResolver, useClass: taskResolver }]),
        ],
      }),
    )
    .build();
