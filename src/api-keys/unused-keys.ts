import { Inject, Injectable, Optional } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { isUnused } from '../key-store/key-notices.js';
import { effectiveScopes } from '../principal/grants.js';
import { isAdmin } from '../principal/scopes.js';
import { Clock, dayMs } from '../support/clock.js';
import { recordKeyEvents } from './key-changes.js';
import { KeyNotices, system } from './key-notices.js';
import { type ApiKeysModuleOptions, apiKeysOptions } from './key-quota.js';

/**
 * Writes the `unused` event of keys that were not used for `unusedDays`, once until they are used again, and disables them
 * if `unusedAction` says so. Never disables a key of an admin, which may be the last one, or a personal key: that would
 * restrict all keys of its user, as when an admin does it.
 */
@Injectable()
export class UnusedKeys extends KeyNotices {
  protected readonly intervalMs = 600_000;
  private readonly days: number;
  private readonly disables: boolean;

  constructor(
    store: ApiKeyStore,
    clock: Clock,
    private readonly keyCache: KeyCache,
    @Optional()
    @Inject(apiKeysOptions)
    { unusedDays = 90, unusedAction = 'notify' }: ApiKeysModuleOptions = {},
  ) {
    super(store, clock);
    this.days = unusedDays;
    this.disables = unusedAction === 'disable';
  }

  protected override async findDue(now: number, limit: number): Promise<ApiKey[]> {
    if (this.days === 0) return [];
    return (await this.store.findUnused?.(this.before(now), limit)) ?? [];
  }

  protected override async note(due: readonly ApiKey[]): Promise<number> {
    const noted = await super.note(due);
    if (this.disables) for (const key of due) this.keyCache.invalidateApiKey(key);
    return noted;
  }

  protected override async noteOne(keys: ApiKeyChanges, key: ApiKey, now: number): Promise<boolean> {
    if (!isUnused(key, this.before(now))) return false;
    const unusedNotedAt = new Date(now);
    const { expiresAt, replacedById, lastUsedAt } = key;
    // It has ended by itself, or is about to.
    if (replacedById !== null || (expiresAt !== null && expiresAt.getTime() <= now)) {
      await keys.update(key.id, { unusedNotedAt });
      return true;
    }
    const isKept = key.kind === 'personal' || isAdmin({ scopes: effectiveScopes(key) });
    const isDisabled = this.disables && !isKept;
    await keys.update(key.id, { unusedNotedAt, ...(isDisabled && { enabled: false }) });
    await recordKeyEvents(keys, system, key, ['unused'], { lastUsedAt, unusedDays: this.days });
    if (isDisabled) await recordKeyEvents(keys, system, key, ['disabled'], { reason: 'unused' });
    return true;
  }

  private before(now: number): number {
    return now - this.days * dayMs;
  }
}
