import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { Clock } from '../support/clock.js';
import { RecurringJob } from '../support/timers.js';

/** In one transaction, which must also end in time on a slow database: four statements for each key. */
const batchSize = 25;

/** Who writes the events of these jobs. */
export const system = { user: null, origin: null };

/** A background job that notes something about keys, once for each across all processes, with its event. */
@Injectable()
export abstract class KeyNotices extends RecurringJob {
  constructor(
    protected readonly store: ApiKeyStore,
    protected readonly clock: Clock,
  ) {
    super();
  }

  /** Up to `limit` keys that are due. A key that was noted must no longer be. */
  protected abstract findDue(now: number, limit: number): Promise<ApiKey[]>;

  /** Notes a key that is locked, as it is now. False if it is no longer due: another process may have been faster. */
  protected abstract noteOne(keys: ApiKeyChanges, key: ApiKey, now: number): Promise<boolean>;

  protected override async runOnce(): Promise<number> {
    let noted = 0;
    while (!this.isStopping) {
      const due = await this.findDue(this.clock.now(), batchSize);
      const batch = await this.note(due);
      noted += batch;
      if (batch === 0 || due.length < batchSize) break;
      await nextTurn();
    }
    return noted;
  }

  protected note(due: readonly ApiKey[]): Promise<number> {
    if (due.length === 0) return Promise.resolve(0);
    // All processes lock keys in this order, so that no two deadlock.
    const ids = due.map(({ id }) => id).sort();
    return this.store.change(async (keys) => {
      let noted = 0;
      for (const id of ids) {
        await keys.lockKey(id);
        const key = await keys.find(id);
        if (key !== null && (await this.noteOne(keys, key, this.clock.now()))) noted += 1;
      }
      return noted;
    });
  }
}
