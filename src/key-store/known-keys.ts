import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { LookupCache } from '../database/lookup-cache.js';
import { Clock } from '../principal/clock.js';
import { ApiKeyStore } from './api-key.store.js';
import { type ApiKeyState, stateOfApiKey, type ToolKeyState } from './key-state.js';
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
    clock: Clock,
  ) {
    const cache = { max: 100_000, ttl: database.cacheSeconds * 1000, unknownTtl: 5_000 };
    this.apiKeys = new LookupCache(cache, clock);
    this.toolKeys = new LookupCache(cache, clock);
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

  findToolKey(hash: string): Promise<ToolKeyState | undefined> {
    return this.toolKeys.find(hash, (missing) => this.toolKeyStore.findByHash(missing));
  }

  /** A tool key carries the state of the API key that issued it, so those go too. */
  forgetApiKey(hash: string): void {
    this.apiKeys.forget(hash);
    this.toolKeys.forgetAll();
  }

  forgetAll(): void {
    this.apiKeys.forgetAll();
    this.toolKeys.forgetAll();
  }

  forgetToolKey(hash: string): void {
    this.toolKeys.forget(hash);
  }
}
