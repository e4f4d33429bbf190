import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { causeOf } from '../principal/cause-of.js';
import { Clock } from '../principal/clock.js';
import { recordKeyEvents } from './record-key-events.js';

const firstAfter = 1_000;
const every = 60_000;
const batchSize = 100;

/**
 * Writes the `expired` event of keys that have expired, once for each key however many processes do it. The keys need
 * none of this to end: expiry is judged on every request.
 */
@Injectable()
export class KeyExpiry implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(KeyExpiry.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<number> | undefined;
  private isStopping = false;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.runAfter(firstAfter);
  }

  /** Ends a run after the batch it is at, and waits for that. */
  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    clearTimeout(this.timer);
    await this.running?.catch(() => undefined);
  }

  /** Resolves with the number of keys that were noted. A call during a run is answered by that run. */
  run(): Promise<number> {
    this.running ??= this.noteAll().finally(() => (this.running = undefined));
    return this.running;
  }

  private runAfter(delay: number): void {
    if (this.isStopping) return;
    this.timer = setTimeout(() => {
      this.run()
        .catch((error: unknown) => this.logger.warn(`Expired keys were not noted: ${causeOf(error)}`))
        .finally(() => this.runAfter(every));
    }, delay).unref();
  }

  private async noteAll(): Promise<number> {
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
    // In the order in which everybody locks keys, so that no two lock crosswise.
    const ids = expired.map(({ id }) => id).sort();
    return this.store.change(async (keys) => {
      let noted = 0;
      for (const id of ids) if (await this.noteOne(keys, id)) noted += 1;
      return noted;
    });
  }

  /** False when another process was faster, or the key is no longer past its end. */
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
