import { Injectable } from '@nestjs/common';
import {
  type CacheOwner,
  type CacheStats,
  type ChangeSource,
  LookupCache,
  type LookupCacheOptions,
} from '../database/lookup-cache.js';
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

/** How long a cached rejection is used, in milliseconds. Rows restored and leases renewed by hand are not reported by key. */
const rejectionTtl = 5_000;

/** The states of one kind of key, by hash. */
export class KeyLookup<K extends object> extends LookupCache<K> {
  constructor(
    options: LookupCacheOptions<K>,
    changes: ChangeSource,
    clock: Clock,
    private readonly loadKey: (hash: string, options?: ReadOptions) => Promise<K | undefined>,
    private readonly mayHaveChanged: (key: K) => boolean = () => false,
  ) {
    super(options, changes, clock);
  }

  /** By default this is the lookup of a credential; `options.owner` names an owner that reads a key. */
  async find(hash: string, options?: ReadOptions): Promise<K | undefined> {
    const load = (missing: string) => this.loadKey(missing, options);
    const cached = await this.load(hash, load);
    if (cached === undefined || !this.mayHaveChanged(cached)) return cached;
    if (this.get(hash) === cached) this.invalidate(hash);
    return this.load(hash, load);
  }
}

/** Caches the state of keys by hash. Code that changes a key must call `invalidate…` once the change is committed. */
@Injectable()
export class KeyCache implements CacheOwner {
  readonly apiKeys: KeyLookup<ApiKeyState>;
  readonly toolKeys: KeyLookup<ToolKeyState>;
  /** True when every change is reported to other processes; false with a custom `ApiKeyStore`. */
  readonly followsChanges: boolean;

  constructor(
    apiKeyStore: ApiKeyStore,
    toolKeyStore: ToolKeyStore,
    database: Database,
    private readonly clock: Clock,
  ) {
    const cache = { max: 100_000, ttl: 300_000, missingTtl: 5_000 };
    this.followsChanges = apiKeyStore instanceof TypeOrmApiKeyStore;
    const changes = this.followsChanges ? database : unreported;
    this.apiKeys = new KeyLookup(cache, changes, clock, async (hash, options) => {
      const key = await apiKeyStore.findByHash(hash, options);
      return key === null ? undefined : stateOfApiKey(key);
    });
    this.toolKeys = new KeyLookup(
      { ...cache, tagsOf: ({ id, dependsOn }) => [id, ...dependsOn] },
      changes,
      clock,
      (hash, options) => toolKeyStore.findByHash(hash, options),
      (key) => this.mayBeValidAgain(key),
    );
    database.onChange((change) => this.applyChange(change));
  }

  get caches(): Readonly<Record<string, CacheStats>> {
    return { api_keys: this.apiKeys.stats, tool_keys: this.toolKeys.stats };
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
    return now >= key.seenAt + rejectionTtl && toolKeyOutcome(key, now) !== 'VALID';
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
