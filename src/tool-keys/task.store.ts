import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database } from '../database/database.js';
import { insertMissing } from '../database/insert-all.js';
import { countActiveToolKeys } from '../key-store/active-tool-keys.js';
import { Task, taskRefOf } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';

/** Both by the id of the task's row. A new task has no entry in `activeKeys`. */
export interface LockedTasks {
  readonly tasks: Map<string, Task>;
  readonly activeKeys: Map<string, number>;
}

/** Tasks and the number of their active keys. */
@Injectable()
export class TaskStore {
  constructor(private readonly database: Database) {}

  /** Inside a transaction: locks the tasks, creates the missing ones with the given attempt, and counts active keys. */
  async lockAll(
    manager: EntityManager,
    tasks: readonly Pick<Task, 'ownerId' | 'taskId' | 'attempt'>[],
    now: number,
  ): Promise<LockedTasks> {
    const createdAt = new Date(now);
    const wanted = new Map<string, Task>();
    for (const { ownerId, taskId, attempt } of tasks) {
      const id = taskRefOf(ownerId, taskId);
      if (!wanted.has(id)) wanted.set(id, { id, ownerId, taskId, attempt, generation: 0, createdAt });
    }
    const isNew = await insertMissing(manager, Task, [...wanted.values()].sort(byId));
    const known = [...wanted.keys()].filter((id) => !isNew.has(id));
    if (known.length === 0) return { tasks: wanted, activeKeys: new Map() };
    const found = await this.locked(manager, known);
    for (const id of known) wanted.delete(id);
    const activeKeys = await this.countActiveKeys(manager, known, now);
    return { tasks: new Map([...wanted, ...found]), activeKeys };
  }

  /** Inside a transaction: locks a task; `undefined` when there is none. */
  async lock(manager: EntityManager, ownerId: string, taskId: string): Promise<Task | undefined> {
    const id = taskRefOf(ownerId, taskId);
    return (await this.locked(manager, [id])).get(id);
  }

  /** Number of active keys by the id of the task's row. A task without any has no entry. */
  countActiveKeys(
    manager: EntityManager,
    refs: readonly string[],
    now: number,
  ): Promise<Map<string, number>> {
    return countActiveToolKeys(manager, 'task_ref', 'tool_keys.task_ref IN (:...refs)', { refs, now });
  }

  private async locked(manager: EntityManager, ids: readonly string[]): Promise<Map<string, Task>> {
    await this.database.lock(manager, Task, ids);
    const rows = await manager.findBy(Task, { id: In([...ids]) });
    return new Map(rows.map((row) => [row.id, row]));
  }
}

function byId(a: Task, b: Task): number {
  return a.id < b.id ? -1 : 1;
}

/** The attempt of a new task, and of a task after a restart. */
export const firstAttempt = 1;

/** Largest difference to the current attempt. Without a bound, one request with the largest integer would block a task. */
const maxAttemptJump = 1_000;

/**
 * The attempt to store with a new task: the wanted one, or the first when `requireAttempt` will reject it. Nothing else
 * about a new task can be rejected, so the stored attempt is the one of its first key.
 */
export function attemptOfNewTask(wanted = firstAttempt): number {
  return wanted > firstAttempt + maxAttemptJump ? firstAttempt : wanted;
}

/** Throws `STALE_ATTEMPT` for an attempt below the current one, and `VALIDATION_FAILED` for one too far above it. */
export function requireAttempt(wanted: number, { attempt: current }: Task): void {
  if (wanted < current) throw new AuthError('STALE_ATTEMPT', { details: { attempt: wanted, current } });
  const most = current + maxAttemptJump;
  if (wanted <= most) return;
  const message = `must be at most ${most}, which is ${maxAttemptJump} after the current one`;
  throw new AuthError('VALIDATION_FAILED', { details: [{ path: 'attempt', message }] });
}
