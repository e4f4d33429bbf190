import type { AuthenticatedUser } from '../principal/authenticated-user.js';

/** Tells whose a task is. An application that keeps tasks gives its own; see `ToolKeysModule.forRoot`. */
export abstract class TaskResolver {
  /**
   * The owner of the task that `user` wants a key for; `null` when there is no such task. To throw, to take more than 3 s,
   * or to answer with anything but a text is a 503, and no key is issued.
   */
  abstract ownerOf(taskId: string, user: AuthenticatedUser): Promise<string | null> | string | null;
}

/** Every owner has its own tasks: two with the same name are two. */
export class TasksOfEachOwner extends TaskResolver {
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
