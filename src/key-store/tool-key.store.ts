import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { Clock } from '../support/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './api-key.state.js';
import { Task, ToolKey, type ToolKeyEnd } from './tool-key.entity.js';
import type { ToolKeyState } from './tool-key.state.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';

/** A tool key and what decides about it. */
export interface FoundToolKey {
  readonly key: ToolKey;
  readonly state: ToolKeyState;
}

/** Where tool keys are looked up. */
@Injectable()
export class ToolKeyStore {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  async findByHash(
    hash: string,
    asker: ReadOptions = { lane: 'lookups' },
  ): Promise<ToolKeyState | undefined> {
    const [found] = await this.find((manager) => manager.findBy(ToolKey, { hash }), asker);
    return found?.state;
  }

  findByIds(ids: readonly string[], asker: ReadOptions): Promise<FoundToolKey[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.find((manager) => manager.findBy(ToolKey, { id: In([...ids]) }), asker);
  }

  /** The rows that a key hangs on. */
  async rowsOf(key: ToolKey, asker: ReadOptions): Promise<ToolKeyWithAncestors> {
    const [rows] = await this.database.read((manager) => rowsOf(manager, [key]), asker);
    return rows as ToolKeyWithAncestors;
  }

  /** What `query` finds, in its order, judged by one look at everything above. */
  async find(
    query: (manager: EntityManager) => Promise<ToolKey[]>,
    asker: ReadOptions,
  ): Promise<FoundToolKey[]> {
    const seenAt = this.clock.now();
    const { keys, lines } = await this.database.read(async (manager) => {
      const keys = await query(manager);
      return { keys, lines: keys.length === 0 ? [] : await ancestriesOf(manager, keys) };
    }, asker);
    const issuers = await this.issuersOf(keys, asker);
    return keys.map((key, index) => ({
      key,
      state: stateOf(key, lines[index] as Ancestry, issuers, seenAt),
    }));
  }

  private async issuersOf(keys: readonly ToolKey[], asker: ReadOptions): Promise<Map<string, ApiKeyState>> {
    const ids = new Set(keys.map(({ issuerKeyId }) => issuerKeyId).filter((id) => id !== null));
    const issuers = await this.apiKeys.findAll([...ids], asker);
    return new Map(issuers.map((issuer) => [issuer.id, stateOfApiKey(issuer)]));
  }
}

function stateOf(
  key: ToolKey,
  { ended, ancestorsEndAt }: Ancestry,
  issuers: ReadonlyMap<string, ApiKeyState>,
  seenAt: number,
): ToolKeyState {
  const issuerKey = key.issuerKeyId === null ? null : (issuers.get(key.issuerKeyId) ?? null);
  const isOrphan = key.issuerKeyId !== null && issuerKey === null;
  return {
    id: key.id,
    ownerId: key.ownerId,
    userId: key.issuerUserId,
    taskId: key.taskId,
    attempt: key.attempt,
    depth: key.depth,
    generation: key.generation,
    environment: key.environment,
    scopes: key.scopes,
    actorChain: key.actorChain,
    expiresAt: key.expiresAt.getTime(),
    issuerKey,
    ended: ended ?? (isOrphan ? 'PARENT_REVOKED' : null),
    endsAt: key.endsAt.getTime(),
    ancestorsEndAt,
    payerId: key.maxCalls === null ? key.budgetId : key.id,
    above: [key.taskRef, ...ancestorIds(key), ...(key.issuerKeyId === null ? [] : [key.issuerKeyId])],
    seenAt,
  };
}

/** What is true of a tool key with regard to its task and to all tool keys above it. */
export interface Ancestry {
  /** How it, or what is above it, was ended for good. */
  readonly ended: Outcome | null;
  /** When the first of the tool keys above it ends unless that beats, epoch milliseconds; `Infinity` without any. */
  readonly ancestorsEndAt: number;
}

const outcomeOf: Record<ToolKeyEnd, Outcome> = {
  revoked: 'REVOKED',
  expired: 'EXPIRED',
  lease_lost: 'LEASE_LOST',
  above: 'PARENT_REVOKED',
};

/** A tool key with the rows that it hangs on; `undefined` for one that is gone. */
export interface ToolKeyWithAncestors {
  readonly key: ToolKey;
  readonly task: Task | undefined;
  /** The tool keys above it, the uppermost first. */
  readonly above: readonly (ToolKey | undefined)[];
}

/** What has ended for good, in the order in which it is judged. What is gone without a trace has ended too. */
export const ancestryChecks: readonly KeyCheck<ToolKeyWithAncestors>[] = [
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
export async function ancestriesOf(manager: EntityManager, keys: readonly ToolKey[]): Promise<Ancestry[]> {
  return (await rowsOf(manager, keys)).map(lineOf);
}

/** The rows that the keys hang on, with two queries; in the order of `keys`. */
export async function rowsOf(
  manager: EntityManager,
  keys: readonly ToolKey[],
): Promise<ToolKeyWithAncestors[]> {
  const tasks = await byId(manager, Task, new Set(keys.map(({ taskRef }) => taskRef)));
  const above = await byId(manager, ToolKey, new Set(keys.flatMap(ancestorIds)));
  return keys.map((key) => ({
    key,
    task: tasks.get(key.taskRef),
    above: ancestorIds(key).map((id) => above.get(id)),
  }));
}

/** The tool keys above this one, the uppermost first. */
export function ancestorIds({ id, actorChain }: ToolKey): string[] {
  return actorChain.filter((link) => link.type === 'tool_key' && link.id !== id).map((link) => link.id);
}

function lineOf(rows: ToolKeyWithAncestors): Ancestry {
  const ended = runChecks(ancestryChecks, rows, 0);
  return {
    ended: ended === 'VALID' ? null : ended,
    ancestorsEndAt: Math.min(...rows.above.map((ancestor) => ancestor?.endsAt.getTime() ?? 0)),
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
