import { type EntityManager, In } from 'typeorm';
import { judgeBy, type KeyCheck } from './key-check.js';
import type { Outcome } from './outcome.js';
import { Task } from './task.entity.js';
import { ToolKey, type ToolKeyEnd } from './tool-key.entity.js';

/** What is true of a tool key with regard to its task and to all tool keys above it. */
export interface ToolKeyLine {
  /** How it, or what is above it, was ended for good. */
  readonly ended: Outcome | null;
  /** When the first of the tool keys above it ends unless that beats, epoch milliseconds; `Infinity` without any. */
  readonly endsAtAbove: number;
}

const outcomeOf: Record<ToolKeyEnd, Outcome> = {
  revoked: 'REVOKED',
  expired: 'EXPIRED',
  lease_lost: 'LEASE_LOST',
  above: 'PARENT_REVOKED',
};

/** A tool key with the rows that it hangs on; `undefined` for one that is gone. */
export interface ToolKeyRows {
  readonly key: ToolKey;
  readonly task: Task | undefined;
  /** The tool keys above it, the uppermost first. */
  readonly above: readonly (ToolKey | undefined)[];
}

/** What has ended for good, in the order in which it is judged. What is gone without a trace has ended too. */
export const lineChecks: readonly KeyCheck<ToolKeyRows>[] = [
  {
    check: 'revoked',
    // A newer build, or somebody by hand, may have written a reason that is not known here.
    against: ({ key }) =>
      key.endedAt === null ? null : (outcomeOf[key.endReason ?? 'revoked'] ?? 'REVOKED'),
  },
  { check: 'task', against: ({ key, task }) => (task?.generation === key.generation ? null : 'REVOKED') },
  {
    check: 'parents',
    against: ({ above }) => (above.some((ancestor) => ancestor?.endedAt !== null) ? 'PARENT_REVOKED' : null),
  },
];

/** Looks at all lines with two queries; in the order of `keys`. */
export async function linesOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKeyLine[]> {
  return (await rowsOf(manager, keys)).map(lineOf);
}

/** The rows that the keys hang on, with two queries; in the order of `keys`. */
export async function rowsOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKeyRows[]> {
  const tasks = await byId(manager, Task, new Set(keys.map(({ taskRef }) => taskRef)));
  const above = await byId(manager, ToolKey, new Set(keys.flatMap(idsAbove)));
  return keys.map((key) => ({
    key,
    task: tasks.get(key.taskRef),
    above: idsAbove(key).map((id) => above.get(id)),
  }));
}

/** The tool keys above this one, the uppermost first. */
export function idsAbove({ id, actorChain }: ToolKey): string[] {
  return actorChain.filter((link) => link.type === 'tool_key' && link.id !== id).map((link) => link.id);
}

function lineOf(rows: ToolKeyRows): ToolKeyLine {
  const ended = judgeBy(lineChecks, rows, 0);
  return {
    ended: ended === 'VALID' ? null : ended,
    endsAtAbove: Math.min(...rows.above.map((ancestor) => ancestor?.endsAt.getTime() ?? 0)),
  };
}

async function byId<T extends Task | ToolKey>(
  manager: EntityManager,
  entity: new () => T,
  ids: ReadonlySet<string>,
): Promise<Map<string, T>> {
  if (ids.size === 0) return new Map();
  const rows = await manager
    .createQueryBuilder(entity, 'row')
    .where({ id: In([...ids]) })
    .getMany();
  return new Map(rows.map((row) => [row.id, row]));
}
