import { Injectable } from '@nestjs/common';
import { type CacheOwner, type CacheStats, LookupCache } from '../database/lookup-cache.js';
import { type Change, Database, type ReadOptions } from '../database/database.js';
import { Clock } from '../support/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './api-key.state.js';
import { toolKeyOutcome, mayBeRenewed, type ToolKeyState } from './tool-key.state.js';
import { ToolKeyStore } from './tool-key.store.js';
import { TypeOrmApiKeyStore } from './typeorm-api-key.store.js';

const tables: ReadonlySet<string> = new Set(['api_keys', 'tool_keys', 'tasks']);

/** For a custom store: its changes are not reported by the database. */
const unreported = { syncedAt: -Infinity, leaseEndsAt: Infinity };

/** How long a cached refusal is used, in milliseconds. Rows restored and leases renewed by hand are not reported by key. */
const refusalTtl = 5_000;

/** Caches the state of keys by hash. Code that changes a key must call `invalidate…` once the change is committed. */
@Injectable()
export class KeyCache implements CacheOwner {
  private readonly apiKeys: LookupCache<ApiKeyState>;
  private readonly toolKeys: LookupCache<ToolKeyState>;
  /** True when every change is reported to other processes; false with a custom `ApiKeyStore`. */
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
    this.toolKeys = new LookupCache(
      { ...cache, tagsOf: ({ id, dependsOn }) => [id, ...dependsOn] },
      changes,
      clock,
    );
    database.onChange((change) => this.applyChange(change));
  }

  get caches(): Readonly<Record<string, CacheStats>> {
    return { api_keys: this.apiKeys.stats, tool_keys: this.toolKeys.stats };
  }

  getCachedApiKey(hash: string): ApiKeyState | undefined {
    return this.apiKeys.get(hash);
  }

  /** True for a key that was found before, however long ago: it exists or existed. */
  hasFoundApiKey(hash: string): boolean {
    return this.apiKeys.has(hash);
  }

  /** By default this is the lookup of a credential; `options.owner` names an owner that reads a key. */
  findApiKey(hash: string, options?: ReadOptions): Promise<ApiKeyState | undefined> {
    return this.apiKeys.load(hash, async (missing) => {
      const key = await this.apiKeyStore.findByHash(missing, options);
      return key === null ? undefined : stateOfApiKey(key);
    });
  }

  getCachedToolKey(hash: string): ToolKeyState | undefined {
    return this.toolKeys.get(hash);
  }

  hasFoundToolKey(hash: string): boolean {
    return this.toolKeys.has(hash);
  }

  async findToolKey(hash: string, options?: ReadOptions): Promise<ToolKeyState | undefined> {
    const load = (missing: string) => this.toolKeyStore.findByHash(missing, options);
    const cached = await this.toolKeys.load(hash, load);
    if (cached === undefined || !this.mayBeValidAgain(cached)) return cached;
    if (this.toolKeys.get(hash) === cached) this.toolKeys.invalidate(hash);
    return this.toolKeys.load(hash, load);
  }

  /** Also drops the tool keys that it issued: their state contains the state of the API key. */
  invalidateApiKey({ hash, id }: { readonly hash: string; readonly id: string }): void {
    this.apiKeys.invalidate(hash);
    this.toolKeys.invalidateTag(id);
  }

  /** Drops a tool key, or all keys of a task by the id of its row, and all keys below. */
  invalidateToolKeys(idOrTaskRef: string): void {
    this.toolKeys.invalidateTag(idOrTaskRef);
  }

  clear(): void {
    this.apiKeys.clear();
    this.toolKeys.clear();
  }

  private mayBeValidAgain(key: ToolKeyState): boolean {
    const now = this.clock.now();
    if (mayBeRenewed(key, now)) return true;
    return now >= key.seenAt + refusalTtl && toolKeyOutcome(key, now) !== 'VALID';
  }

  /** A change by another process. */
  private applyChange(change: Change | undefined): void {
    if (change === undefined) return this.clear();
    const { kind, table, id, hash } = change;
    if (!tables.has(table)) return;
    if (kind === 'emptied') return this.clear();
    if (kind === 'added')
      return table === 'api_keys' ? this.apiKeys.invalidateMissing() : this.toolKeys.invalidateMissing();
    if (table === 'api_keys') return this.invalidateApiKey({ hash, id });
    this.toolKeys.invalidate(hash);
    this.invalidateToolKeys(id);
  }
}
