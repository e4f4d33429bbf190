import { type EntityManager, In } from 'typeorm';
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

/** Looks at all lines with two queries; in the order of `keys`. */
export async function linesOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<ToolKeyLine[]> {
  const tasks = await byId(manager, Task, new Set(keys.map(({ taskRef }) => taskRef)));
  const above = await byId(manager, ToolKey, new Set(keys.flatMap(idsAbove)));
  return keys.map((key) => {
    const ancestors = idsAbove(key).map((id) => above.get(id));
    return {
      ended: endOf(key, tasks.get(key.taskRef), ancestors),
      endsAtAbove: Math.min(...ancestors.map((ancestor) => ancestor?.endsAt.getTime() ?? 0)),
    };
  });
}

/** The tool keys above this one, the uppermost first. */
export function idsAbove({ id, actorChain }: ToolKey): string[] {
  return actorChain.filter((link) => link.type === 'tool_key' && link.id !== id).map((link) => link.id);
}

/** What is gone without a trace has ended too. */
function endOf(
  key: ToolKey,
  task: Task | undefined,
  above: readonly (ToolKey | undefined)[],
): Outcome | null {
  if (key.endedAt !== null) return outcomeOf[key.endReason ?? 'revoked'];
  if (task?.generation !== key.generation) return 'REVOKED';
  return above.some((ancestor) => ancestor?.endedAt !== null) ? 'PARENT_REVOKED' : null;
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
