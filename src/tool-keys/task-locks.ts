import { Injectable } from '@nestjs/common';
import { type EntityManager, In, type ObjectLiteral, type SelectQueryBuilder } from 'typeorm';
import { Database } from '../database/database.js';
import { insertMissing } from '../database/insert-all.js';
import { tableIn } from '../database/tables/table-in.js';
import { Task, taskRefOf, ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';

/** Tasks, and how many active keys those have that were there before, both by the id of the task's row. */
export interface OpenTasks {
  readonly tasks: Map<string, Task>;
  readonly active: Map<string, number>;
}

/** What tasks there are, and how many active keys each has. */
@Injectable()
export class TaskLocks {
  constructor(private readonly database: Database) {}

  /**
   * Inside a change: the tasks by the id of their row, locked, and how many keys of each are active; those that nobody
   * heard of before on the attempt given.
   */
  async open(
    manager: EntityManager,
    tasks: readonly Pick<Task, 'ownerId' | 'taskId' | 'attempt'>[],
    now: number,
  ): Promise<OpenTasks> {
    const createdAt = new Date(now);
    const wanted = new Map<string, Task>();
    for (const { ownerId, taskId, attempt } of tasks) {
      const id = taskRefOf(ownerId, taskId);
      if (!wanted.has(id)) wanted.set(id, { id, ownerId, taskId, attempt, generation: 0, createdAt });
    }
    const isNew = await insertMissing(manager, Task, [...wanted.values()].sort(byId));
    const known = [...wanted.keys()].filter((id) => !isNew.has(id));
    if (known.length === 0) return { tasks: wanted, active: new Map() };
    const found = await this.locked(manager, known);
    for (const id of known) wanted.delete(id);
    const active = await this.countActive(manager, known, now);
    return { tasks: new Map([...wanted, ...found]), active };
  }

  /** Inside a change: the task, locked, if there is one. */
  async find(manager: EntityManager, ownerId: string, taskId: string): Promise<Task | undefined> {
    const id = taskRefOf(ownerId, taskId);
    return (await this.locked(manager, [id])).get(id);
  }

  /** How many keys of each task are active, by the id of its row; none for those without. */
  async countActive(
    manager: EntityManager,
    refs: readonly string[],
    now: number,
  ): Promise<Map<string, number>> {
    const rows = await countsOf(manager, 'task_ref', 'tool_keys.task_ref IN (:...refs)')
      .setParameters({ refs, now })
      .getRawMany<ActiveCount>();
    return new Map(rows.map(({ label, total }) => [label ?? '', Number(total)]));
  }

  /** How many keys of an owner are active, by the id of the API key at their origin; '' for those without. */
  async countActiveByIssuer(owner: string, now: number): Promise<Map<string, number>> {
    const rows = await this.database.read(
      (manager) =>
        countsOf(manager, 'issuer_key_id', 'tool_keys.owner_id = :owner')
          .setParameters({ owner, now })
          .getRawMany<ActiveCount>(),
      { owner },
    );
    return new Map(rows.map(({ label, total }) => [label ?? '', Number(total)]));
  }

  private async locked(manager: EntityManager, ids: readonly string[]): Promise<Map<string, Task>> {
    await this.database.lock(manager, Task, ids);
    const rows = await manager.findBy(Task, { id: In([...ids]) });
    return new Map(rows.map((row) => [row.id, row]));
  }
}

interface ActiveCount {
  readonly label: string | null;
  readonly total: number | string;
}

/** Counts active keys by a column that is the same in a whole tree. `roots` is the condition of those without a parent. */
function countsOf(
  manager: EntityManager,
  column: 'task_ref' | 'issuer_key_id',
  roots: string,
): SelectQueryBuilder<ObjectLiteral> {
  return manager
    .createQueryBuilder()
    .addCommonTableExpression(activeKeys(manager, column, roots), 'active', {
      recursive: true,
      columnNames: ['id', 'label'],
    })
    .select('active.label', 'label')
    .addSelect('COUNT(*)', 'total')
    .from('active', 'active')
    .groupBy('active.label');
}

/** From the roots down, so that what is below an ended key is not among them. */
const activeKeys = (manager: EntityManager, column: string, roots: string) => `
  SELECT tool_keys.id, tool_keys.${column} FROM ${tableIn(manager, ToolKey)} tool_keys
    JOIN ${tableIn(manager, Task)} tasks ON tasks.id = tool_keys.task_ref AND tasks.generation = tool_keys.generation
    WHERE ${roots} AND tool_keys.parent_id IS NULL
      AND tool_keys.ended_at IS NULL AND tool_keys.ends_at > :now
  UNION ALL
  SELECT tool_keys.id, tool_keys.${column} FROM ${tableIn(manager, ToolKey)} tool_keys
    JOIN active ON active.id = tool_keys.parent_id
    WHERE tool_keys.ended_at IS NULL AND tool_keys.ends_at > :now`;

function byId(a: Task, b: Task): number {
  return a.id < b.id ? -1 : 1;
}

/** That of a task that is new, or begins anew. */
export const firstAttempt = 1;

/** How far an attempt may be beyond the current one: the last number that a column holds would lock the task for good. */
export const maxAttemptJump = 1_000;

/** The attempt that is written with a task when it is new: the one asked for, unless `requireAttempt` refuses that. */
export function attemptOfNewTask(wanted = firstAttempt): number {
  return wanted > firstAttempt + maxAttemptJump ? firstAttempt : wanted;
}

/** Throws `STALE_ATTEMPT` for an attempt before the current one, and `VALIDATION_FAILED` for one too far beyond it. */
export function requireAttempt(wanted: number, { attempt: current }: Task): void {
  if (wanted < current) throw new AuthError('STALE_ATTEMPT', { details: { attempt: wanted, current } });
  const most = current + maxAttemptJump;
  if (wanted <= most) return;
  const message = `must be at most ${most}, which is ${maxAttemptJump} after the current one`;
  throw new AuthError('VALIDATION_FAILED', { details: [{ path: 'attempt', message }] });
}
