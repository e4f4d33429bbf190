import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LookupCache } from '../database/lookup-cache.js';
import { Clock } from '../principal/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey } from './key-state.js';
import { mayHaveBeaten, type ToolKeyState } from './tool-key-state.js';
import { ToolKeyStore } from './tool-key.store.js';

/** The state of keys by hash, remembered. Whoever changes a key calls `forget…` once the change is committed. */
@Injectable()
export class KnownKeys {
  private readonly apiKeys: LookupCache<ApiKeyState>;
  private readonly toolKeys: LookupCache<ToolKeyState>;

  constructor(
    private readonly apiKeyStore: ApiKeyStore,
    private readonly toolKeyStore: ToolKeyStore,
    database: Database,
    private readonly clock: Clock,
  ) {
    const cache = { max: 100_000, ttl: database.cacheSeconds * 1000, unknownTtl: 5_000 };
    this.apiKeys = new LookupCache(cache, clock);
    this.toolKeys = new LookupCache({ ...cache, tagsOf: ({ id, above }) => [id, ...above] }, clock);
    database.onForeignChange(() => this.forgetAll());
  }

  peekApiKey(hash: string): ApiKeyState | undefined {
    return this.apiKeys.peek(hash);
  }

  /** True for a key that was found before, however long ago: one that exists, or did. */
  isFamiliarApiKey(hash: string): boolean {
    return this.apiKeys.has(hash);
  }

  findApiKey(hash: string): Promise<ApiKeyState | undefined> {
    return this.apiKeys.find(hash, async (missing) => {
      const key = await this.apiKeyStore.findByHash(missing);
      return key === null ? undefined : stateOfApiKey(key);
    });
  }

  peekToolKey(hash: string): ToolKeyState | undefined {
    return this.toolKeys.peek(hash);
  }

  isFamiliarToolKey(hash: string): boolean {
    return this.toolKeys.has(hash);
  }

  async findToolKey(hash: string): Promise<ToolKeyState | undefined> {
    const load = (missing: string) => this.toolKeyStore.findByHash(missing);
    const known = await this.toolKeys.find(hash, load);
    if (known === undefined || !mayHaveBeaten(known, this.clock.now())) return known;
    if (this.toolKeys.peek(hash) === known) this.toolKeys.forget(hash);
    return this.toolKeys.find(hash, load);
  }

  /** A tool key carries the state of the API key at its origin, so those go too. */
  forgetApiKey({ hash, id }: { readonly hash: string; readonly id: string }): void {
    this.apiKeys.forget(hash);
    this.toolKeys.forgetTagged(id);
  }

  /** Drops a tool key, or all of a task by the id of its row, and everything below. */
  forgetToolKeys(idOrTaskRef: string): void {
    this.toolKeys.forgetTagged(idOrTaskRef);
  }

  forgetAll(): void {
    this.apiKeys.forgetAll();
    this.toolKeys.forgetAll();
  }
}
