import { Injectable } from '@nestjs/common';
import { type CacheOwner, type CacheStats, LookupCache } from '../database/lookup-cache.js';
import { type Change, Database, type ReadOptions } from '../database/database.js';
import { Clock } from '../support/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './api-key.state.js';
import { toolKeyOutcome, mayHaveBeaten, type ToolKeyState } from './tool-key.state.js';
import { ToolKeyStore } from './tool-key.store.js';
import { TypeOrmApiKeyStore } from './typeorm-api-key.store.js';

const tables: ReadonlySet<string> = new Set(['api_keys', 'tool_keys', 'tasks']);

/** Nobody tells of what is changed in a store that is not in the database. */
const unreported = { syncedAt: -Infinity, leaseEndsAt: Infinity };

/** In milliseconds: rows that come back, or leases that are given anew by hand, are not told of by key. */
const refusalBelievedFor = 5_000;

/** The state of keys by hash, remembered. Whoever changes a key calls `forget…` once the change is committed. */
@Injectable()
export class KeyCache implements CacheOwner {
  private readonly apiKeys: LookupCache<ApiKeyState>;
  private readonly toolKeys: LookupCache<ToolKeyState>;
  /** Other processes hear of every change of a key; not where API keys are in a store of the application's own. */
  readonly followsChanges: boolean;

  constructor(
    private readonly apiKeyStore: ApiKeyStore,
    private readonly toolKeyStore: ToolKeyStore,
    database: Database,
    private readonly clock: Clock,
  ) {
    const cache = { max: 100_000, ttl: 300_000, missingTtl: 5_000 };
    this.followsChanges = apiKeyStore instanceof TypeOrmApiKeyStore;
    const changes = this.followsChanges ? database : unreported;
    this.apiKeys = new LookupCache(cache, changes, clock);
    this.toolKeys = new LookupCache({ ...cache, tagsOf: ({ id, above }) => [id, ...above] }, changes, clock);
    database.onChange((change) => this.drop(change));
  }

  get caches(): Readonly<Record<string, CacheStats>> {
    return { api_keys: this.apiKeys.stats, tool_keys: this.toolKeys.stats };
  }

  getCachedApiKey(hash: string): ApiKeyState | undefined {
    return this.apiKeys.get(hash);
  }

  /** True for a key that was found before, however long ago: one that exists, or did. */
  hasFoundApiKey(hash: string): boolean {
    return this.apiKeys.has(hash);
  }

  /** Looks up a credential, unless `asker` names the owner who asks about a key. */
  findApiKey(hash: string, asker?: ReadOptions): Promise<ApiKeyState | undefined> {
    return this.apiKeys.load(hash, async (missing) => {
      const key = await this.apiKeyStore.findByHash(missing, asker);
      return key === null ? undefined : stateOfApiKey(key);
    });
  }

  getCachedToolKey(hash: string): ToolKeyState | undefined {
    return this.toolKeys.get(hash);
  }

  hasFoundToolKey(hash: string): boolean {
    return this.toolKeys.has(hash);
  }

  async findToolKey(hash: string, asker?: ReadOptions): Promise<ToolKeyState | undefined> {
    const load = (missing: string) => this.toolKeyStore.findByHash(missing, asker);
    const known = await this.toolKeys.load(hash, load);
    if (known === undefined || !this.mayBeGoodAgain(known)) return known;
    if (this.toolKeys.get(hash) === known) this.toolKeys.invalidate(hash);
    return this.toolKeys.load(hash, load);
  }

  /** A tool key carries the state of the API key at its origin, so those go too. */
  invalidateApiKey({ hash, id }: { readonly hash: string; readonly id: string }): void {
    this.apiKeys.invalidate(hash);
    this.toolKeys.invalidateTag(id);
  }

  /** Drops a tool key, or all of a task by the id of its row, and everything below. */
  invalidateToolKeys(idOrTaskRef: string): void {
    this.toolKeys.invalidateTag(idOrTaskRef);
  }

  forgetAll(): void {
    this.apiKeys.clear();
    this.toolKeys.clear();
  }

  private mayBeGoodAgain(key: ToolKeyState): boolean {
    const now = this.clock.now();
    if (mayHaveBeaten(key, now)) return true;
    return now >= key.seenAt + refusalBelievedFor && toolKeyOutcome(key, now) !== 'VALID';
  }

  /** What another process has changed. */
  private drop(change: Change | undefined): void {
    if (change === undefined) return this.forgetAll();
    const { kind, table, id, hash } = change;
    if (!tables.has(table)) return;
    if (kind === 'emptied') return this.forgetAll();
    if (kind === 'added')
      return table === 'api_keys' ? this.apiKeys.invalidateMissing() : this.toolKeys.invalidateMissing();
    if (table === 'api_keys') return this.invalidateApiKey({ hash, id });
    this.toolKeys.invalidate(hash);
    this.invalidateToolKeys(id);
  }
}
