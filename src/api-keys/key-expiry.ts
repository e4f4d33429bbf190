import { Injectable } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import { daysUntil, isExpiring, nextExpiring } from '../key-store/key-notices.js';
import { recordKeyEvents } from './key-changes.js';
import { KeyNotices, system } from './key-notices.js';

/**
 * Writes the `expired` event of keys that have expired, once for each key across all processes. Expiry itself does not
 * depend on it: it is checked on every request.
 */
@Injectable()
export class KeyExpiry extends KeyNotices {
  protected readonly intervalMs = 60_000;

  protected override findDue(now: number, limit: number): Promise<ApiKey[]> {
    return this.store.findExpired(now, limit);
  }

  /** False also if the key was given a later expiry. */
  protected override async noteOne(keys: ApiKeyChanges, key: ApiKey, now: number): Promise<boolean> {
    const { expiresAt, expiryNotedAt, revokedAt } = key;
    if (expiryNotedAt !== null || expiresAt === null || expiresAt.getTime() > now) return false;
    await keys.update(key.id, { expiryNotedAt: new Date(now) });
    if (revokedAt === null) await recordKeyEvents(keys, system, key, ['expired'], { expiresAt });
    return true;
  }
}

/**
 * Writes an `expiring` event 14, 7 and 1 days before a key expires; only the last that is due if the service was down
 * meanwhile. A key that is disabled, revoked or replaced has none.
 */
@Injectable()
export class KeyExpiryWarnings extends KeyNotices {
  protected readonly intervalMs = 60_000;

  protected override async findDue(now: number, limit: number): Promise<ApiKey[]> {
    return (await this.store.findExpiring?.(now, limit)) ?? [];
  }

  protected override async noteOne(keys: ApiKeyChanges, key: ApiKey, now: number): Promise<boolean> {
    const { expiresAt, expiringAt, revokedAt, replacedById, enabled } = key;
    if (expiringAt === null || expiringAt.getTime() > now) return false;
    await keys.update(key.id, { expiringAt: nextExpiring(expiresAt, now) });
    const isInUse = revokedAt === null && replacedById === null && enabled;
    if (expiresAt !== null && isInUse && isExpiring(key, now)) {
      const details = { expiresAt, daysLeft: daysUntil(expiresAt, now) };
      await recordKeyEvents(keys, system, key, ['expiring'], details);
    }
    return true;
  }
}
