import type { AuthenticatedUser } from '../principal/authenticated-user.js';

/** Tells whose a task is. An application that keeps tasks gives its own; see `ToolKeysModule.forRoot`. */
export abstract class TaskResolver {
  /** The owner of the task that `user` wants a key for; `null` when there is no such task. */
  abstract ownerOf(taskId: string, user: AuthenticatedUser): Promise<string | null> | string | null;
}

/** Every owner has its own tasks: two with the same name are two. */
export class TasksOfEachOwner extends TaskResolver {
  ownerOf(_taskId: string, { ownerId }: AuthenticatedUser): string {
    return ownerId;
  }
}
