import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { findTokensValidFrom } from '../identity/tokens-valid-from.js';
import { Clock } from '../support/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './api-key.state.js';
import { Task, ToolKey, type ToolKeyEnd } from './tool-key.entity.js';
import type { ToolKeyState } from './tool-key.state.js';
import { runChecks, type KeyCheck, type Outcome } from './outcome.js';

/** A tool key and its state. */
export interface FoundToolKey {
  readonly key: ToolKey;
  /** @internal */
  readonly state: ToolKeyState;
}

/** @internal */
@Injectable()
export class ToolKeyStore {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  async findByHash(
    hash: string,
    options: ReadOptions = { lane: 'lookups' },
  ): Promise<ToolKeyState | undefined> {
    const [found] = await this.find((manager) => manager.findBy(ToolKey, { hash }), options);
    return found?.state;
  }

  findByIds(ids: readonly string[], options: ReadOptions): Promise<FoundToolKey[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.find((manager) => manager.findBy(ToolKey, { id: In([...ids]) }), options);
  }

  async findAncestors(key: ToolKey, options: ReadOptions): Promise<ToolKeyWithAncestors> {
    const [rows] = await this.database.read((manager) => withAncestors(manager, [key]), options);
    return rows as ToolKeyWithAncestors;
  }

  /** The keys that `query` finds, in its order, each with its state. */
  async find(
    query: (manager: EntityManager) => Promise<ToolKey[]>,
    options: ReadOptions,
  ): Promise<FoundToolKey[]> {
    const seenAt = this.clock.now();
    const { keys, ancestries, tokensValidFrom } = await this.database.read(async (manager) => {
      const keys = await query(manager);
      const ancestries = keys.length === 0 ? [] : await ancestriesOf(manager, keys);
      const people = new Set(keys.filter(isOfLogin).map(({ issuerUserId }) => issuerUserId));
      return { keys, ancestries, tokensValidFrom: await findTokensValidFrom(manager, people) };
    }, options);
    const issuers = await this.issuersOf(keys, options);
    return keys.map((key, index) => ({
      key,
      state: stateOf(key, ancestries[index] as Ancestry, { issuers, tokensValidFrom }, seenAt),
    }));
  }

  private async issuersOf(keys: readonly ToolKey[], options: ReadOptions): Promise<Map<string, ApiKeyState>> {
    const ids = new Set(keys.map(({ issuerKeyId }) => issuerKeyId).filter((id) => id !== null));
    const issuers = await this.apiKeys.findAll([...ids], options);
    return new Map(issuers.map((issuer) => [issuer.id, stateOfApiKey(issuer)]));
  }
}

/** What the keys depend on at their origins, by id. */
interface Origins {
  readonly issuers: ReadonlyMap<string, ApiKeyState>;
  readonly tokensValidFrom: ReadonlyMap<string | null, number | null>;
}

/** Whether a person issued the first key of the chain without an API key. */
function isOfLogin({ issuerKeyId, issuerUserId }: ToolKey): boolean {
  return issuerKeyId === null && issuerUserId !== null;
}

function stateOf(
  key: ToolKey,
  { ended, ancestorsEndAt, rootCreatedAt }: Ancestry,
  { issuers, tokensValidFrom }: Origins,
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
    bounded: key.bounded,
    actorChain: key.actorChain,
    expiresAt: key.expiresAt.getTime(),
    issuerKey,
    personIssuedAt: isOfLogin(key) ? rootCreatedAt : null,
    tokensValidFrom: tokensValidFrom.get(key.issuerUserId) ?? null,
    ended: ended ?? (isOrphan ? 'PARENT_REVOKED' : null),
    endsAt: key.endsAt.getTime(),
    ancestorsEndAt,
    payerId: key.maxCalls === null ? key.budgetId : key.id,
    dependsOn: [key.taskRef, ...ancestorIds(key), ...(key.issuerKeyId === null ? [] : [key.issuerKeyId])],
    seenAt,
  };
}

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

async function withAncestors(
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
