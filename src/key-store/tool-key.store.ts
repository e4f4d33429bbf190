import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { findTokensValidFrom } from '../identity/tokens-valid-from.js';
import { Clock } from '../support/clock.js';
import { countActiveToolKeys } from './active-tool-keys.js';
import type { ApiKey } from './api-key.entity.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './api-key.state.js';
import { LeaseOutages } from './lease-outages.js';
import {
  type Ancestry,
  ancestorIds,
  ancestriesOf,
  type ToolKeyWithAncestors,
  withAncestors,
} from './tool-key-ancestry.js';
import { ToolKey } from './tool-key.entity.js';
import { leaseHasRunOut, type ToolKeyState } from './tool-key.state.js';

/** A tool key and its state. */
export interface FoundToolKey {
  readonly key: ToolKey;
  /** @internal */
  readonly state: ToolKeyState;
}

type ToolKeyQuery = (manager: EntityManager) => Promise<ToolKey[]>;

/** @internal */
@Injectable()
export class ToolKeyStore {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly outages: LeaseOutages,
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

  /** Inside `write`: ends a key permanently. Resolves with the key, or `null` for one that is unknown or has ended. */
  async end(manager: EntityManager, id: string): Promise<ToolKey | null> {
    await this.database.lock(manager, ToolKey, id);
    const key = await manager.findOneBy(ToolKey, { id });
    if (key === null || key.endedAt !== null) return null;
    const endedAt = new Date(this.clock.now());
    await manager.update(ToolKey, { id }, { endedAt, endReason: 'revoked' });
    return key;
  }

  /** The keys that `query` finds, in its order, each with its state. No lease is lost by an outage of the service. */
  async find(query: ToolKeyQuery, options: ReadOptions): Promise<FoundToolKey[]> {
    const { period } = this.outages;
    const found = await this.findNow(query, options);
    const now = this.clock.now();
    if (!found.some(({ state }) => leaseHasRunOut(state, now))) return found;
    if (period !== undefined && period === this.outages.period) return found;
    await this.outages.check();
    return this.findNow(query, options);
  }

  /** Number of active keys of an owner, or that a user issued, with those below. A key that ended with its API key is not active. */
  async countActive(
    of: { readonly ownerId: string } | { readonly issuerUserId: string },
    options: ReadOptions,
  ): Promise<number> {
    const now = this.clock.now();
    const roots =
      'ownerId' in of ? 'tool_keys.owner_id = :ownerId' : 'tool_keys.issuer_user_id = :issuerUserId';
    const byIssuer = await this.database.read(
      (manager) => countActiveToolKeys(manager, 'issuer_key_id', roots, { ...of, now }),
      options,
    );
    const issuers = [...byIssuer.keys()].filter((id) => id !== '');
    const keys = await this.apiKeys.findAll(issuers, options);
    const hasEnded = ({ revokedAt, expiresAt }: ApiKey) =>
      revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= now);
    const valid = new Set(['', ...keys.filter((key) => !hasEnded(key)).map(({ id }) => id)]);
    return [...valid].reduce((total, id) => total + (byIssuer.get(id) ?? 0), 0);
  }

  private async findNow(query: ToolKeyQuery, options: ReadOptions): Promise<FoundToolKey[]> {
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
