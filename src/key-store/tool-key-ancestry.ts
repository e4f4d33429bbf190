import { type EntityManager, In } from 'typeorm';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';
import { Task, ToolKey, type ToolKeyEnd } from './tool-key.entity.js';

/** @internal What a tool key inherits from its task and the tool keys above it. */
export interface Ancestry {
  /** How the key, its task or a key above it was ended permanently; `null` when none was. */
  readonly ended: Outcome | null;
  /** The earliest end of the tool keys above it without a heartbeat, epoch milliseconds; `Infinity` without any. */
  readonly ancestorsEndAt: number;
  /** When the first key of the chain was issued, epoch milliseconds. */
  readonly rootCreatedAt: number;
}

const outcomeOfEnd: Record<ToolKeyEnd, Outcome> = {
  revoked: 'REVOKED',
  expired: 'EXPIRED',
  lease_lost: 'LEASE_LOST',
  above: 'PARENT_REVOKED',
};

/** @internal A tool key with its task and the tool keys above it; `undefined` for deleted rows. */
export interface ToolKeyWithAncestors {
  readonly key: ToolKey;
  readonly task: Task | undefined;
  /** From the top down. */
  readonly ancestors: readonly (ToolKey | undefined)[];
}

/** @internal Checks for permanent ends, in order. A deleted row counts as ended. */
export const ancestryChecks: readonly KeyCheck<ToolKeyWithAncestors>[] = [
  {
    check: 'revoked',
    // A newer version, or SQL by hand, may have written an unknown reason.
    against: ({ key }) =>
      key.endedAt === null ? null : (outcomeOfEnd[key.endReason ?? 'revoked'] ?? 'REVOKED'),
  },
  { check: 'task', against: ({ key, task }) => (task?.generation === key.generation ? null : 'REVOKED') },
  {
    check: 'parents',
    against: ({ ancestors }) =>
      ancestors.some((ancestor) => ancestor?.endedAt !== null) ? 'PARENT_REVOKED' : null,
  },
];

/** @internal Runs two queries. Results are in the order of `keys`. */
export async function ancestriesOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<Ancestry[]> {
  return (await withAncestors(manager, keys)).map(ancestryOf);
}

/** @internal */
export async function withAncestors(
  manager: EntityManager,
  keys: readonly ToolKey[],
): Promise<ToolKeyWithAncestors[]> {
  const tasks = await byId(manager, Task, new Set(keys.map(({ taskRef }) => taskRef)));
  const ancestors = await byId(manager, ToolKey, new Set(keys.flatMap(ancestorIds)));
  return keys.map((key) => ({
    key,
    task: tasks.get(key.taskRef),
    ancestors: ancestorIds(key).map((id) => ancestors.get(id)),
  }));
}

/** @internal The ids of the tool keys above this one, from the top down. */
export function ancestorIds({ id, actorChain }: ToolKey): string[] {
  return actorChain.filter((link) => link.type === 'tool_key' && link.id !== id).map((link) => link.id);
}

function ancestryOf(rows: ToolKeyWithAncestors): Ancestry {
  const ended = runChecks(ancestryChecks, rows, 0);
  return {
    ended: ended === 'VALID' ? null : ended,
    ancestorsEndAt: Math.min(...rows.ancestors.map((ancestor) => ancestor?.endsAt.getTime() ?? 0)),
    rootCreatedAt: (rows.ancestors[0] ?? rows.key).createdAt.getTime(),
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
