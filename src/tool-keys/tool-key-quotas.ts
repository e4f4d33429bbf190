import { Inject, Injectable, Optional } from '@nestjs/common';
import type { LRUCache } from 'lru-cache';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { MemoryRateLimiter } from '../limits/rate-limiter.js';
import { OwnerQuota } from '../limits/owner-quota.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { leastHeartbeatSeconds } from './tool-key.schemas.js';
import { type ToolKeysModuleOptions, toolKeysOptions } from './tool-keys.options.js';

/** The interval for a key without a lease, whose heartbeats change nothing. */
const withoutLeaseSeconds = 10;
/** Quotas of owners, tasks and keys. Each process counts rates in memory, before it queries the database. */
@Injectable()
export class ToolKeyQuotas {
  private readonly windows: MemoryRateLimiter;
  private readonly intervals: LRUCache<string, number>;
  private readonly room: OwnerQuota;
  private readonly issuesPerMinute: number;
  private readonly heartbeatsPerInterval: number;

  constructor(
    keys: ToolKeyStore,
    clock: Clock,
    @Optional()
    @Inject(toolKeysOptions)
    {
      maxPerOwner = 10_000,
      maxPerTaskAndMinute = 600,
      maxHeartbeatsPerInterval = 5,
    }: ToolKeysModuleOptions = {},
  ) {
    this.windows = new MemoryRateLimiter(clock);
    this.intervals = boundedLru(100_000);
    this.room = new OwnerQuota(
      maxPerOwner,
      (ownerId) => keys.countActive({ ownerId }, { owner: ownerId }),
      clock,
    );
    this.issuesPerMinute = maxPerTaskAndMinute;
    this.heartbeatsPerInterval = maxHeartbeatsPerInterval;
  }

  /** Throws `RATE_LIMITED` when too many keys were requested for this task within a minute. */
  async chargeIssue(ownerId: string, taskId: string): Promise<void> {
    await this.charge(`issue ${ownerId} ${taskId}`, 60, this.issuesPerMinute);
  }

  /** Throws `RATE_LIMITED` when the key has sent too many heartbeats within its interval. */
  async chargeHeartbeat(keyId: string): Promise<void> {
    const seconds = this.intervals.get(keyId) ?? leastHeartbeatSeconds;
    await this.charge(`heartbeat ${keyId} ${seconds}`, seconds, this.heartbeatsPerInterval);
  }

  /** From now on the heartbeats of the key are counted in this interval. */
  noteInterval(keyId: string, heartbeatSeconds: number | null): void {
    this.intervals.set(keyId, heartbeatSeconds ?? withoutLeaseSeconds);
  }

  /** Runs `issue`, which issues a key of the owner. Throws `TOO_MANY_KEYS` when the owner has the most active keys. */
  reserve<T>(ownerId: string, issue: () => Promise<T>): Promise<T> {
    return this.room.addTo(ownerId, issue);
  }

  /** Call it when keys of the owner have ended, so that their room is available at once. */
  noteEnded(ownerId: string): void {
    this.room.recountSoon(ownerId);
  }

  private async charge(window: string, seconds: number, most: number): Promise<void> {
    const { count, millisecondsLeft } = await this.windows.hit(window, seconds);
    if (count <= most) return;
    throw new AuthError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, millisecondsLeft / 1000) });
  }
}
