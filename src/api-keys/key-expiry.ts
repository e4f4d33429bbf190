import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { Clock } from '../support/clock.js';
import { RecurringJob } from '../support/timers.js';
import { recordKeyEvents } from './key-changes.js';

const batchSize = 100;

/**
 * Writes the `expired` event of keys that have expired, once for each key across all processes. Expiry itself does not
 * depend on it: it is checked on every request.
 */
@Injectable()
export class KeyExpiry extends RecurringJob {
  protected readonly intervalMs = 60_000;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {
    super();
  }

  protected override async runOnce(): Promise<number> {
    let noted = 0;
    while (!this.isStopping) {
      const expired = await this.store.findExpired(this.clock.now(), batchSize);
      const batch = await this.note(expired);
      noted += batch;
      if (batch === 0 || expired.length < batchSize) break;
      await nextTurn();
    }
    return noted;
  }

  private note(expired: readonly ApiKey[]): Promise<number> {
    if (expired.length === 0) return Promise.resolve(0);
    // All processes lock keys in this order, so that no two deadlock.
    const ids = expired.map(({ id }) => id).sort();
    return this.store.change(async (keys) => {
      let noted = 0;
      for (const id of ids) if (await this.noteOne(keys, id)) noted += 1;
      return noted;
    });
  }

  /** False if another process was faster, or the key was given a later expiry. */
  private async noteOne(keys: ApiKeyChanges, id: string): Promise<boolean> {
    await keys.lockKey(id);
    const key = await keys.find(id);
    const now = this.clock.now();
    if (key === null || key.expiryNotedAt !== null) return false;
    if (key.expiresAt === null || key.expiresAt.getTime() > now) return false;
    await keys.update(id, { expiryNotedAt: new Date(now) });
    if (key.revokedAt === null)
      await recordKeyEvents(keys, { user: null, origin: null }, key, ['expired'], {
        expiresAt: key.expiresAt,
      });
    return true;
  }
}
