import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { ApiKey } from '../key-store/api-key.entity.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../principal/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';

interface Touch {
  readonly user: AuthenticatedUser;
  readonly keyId: string;
  readonly at: number;
  readonly origin: RequestOrigin;
}

const touchEvery = 60_000;
const flushAfter = 1_000;
const mostPending = 100_000;

/**
 * Notes that keys were used, at most once per key and minute, and writes the notes in batches a second later.
 * It never fails a request: a batch that cannot be written is logged and dropped.
 */
@Injectable()
export class KeyUsage implements OnApplicationShutdown {
  private readonly logger = new Logger(KeyUsage.name);
  private readonly touched = new LRUCache<string, number>({ max: mostPending });
  private pending: Touch[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** `origin` is asked only when the use is noted. */
  touch(user: AuthenticatedUser, origin: () => RequestOrigin): void {
    if (user.source.type === 'jwt') return;
    const { keyId } = user.source;
    const last = this.touched.get(keyId);
    const ticks = this.clock.ticks();
    if (last !== undefined && ticks - last < touchEvery) return;
    if (this.pending.length >= mostPending) return;
    this.touched.set(keyId, ticks);
    this.pending.push({ user, keyId, at: this.clock.now(), origin: origin() });
    this.timer ??= setTimeout(() => void this.flush(), flushAfter).unref();
  }

  /** Writes what is pending now. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const touches = this.pending.splice(0);
    for (let start = 0; start < touches.length; start += 500) {
      await this.write(touches.slice(start, start + 500));
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }

  private async write(touches: readonly Touch[]): Promise<void> {
    try {
      await this.database.write(async (manager) => {
        for (const { user, keyId, at, origin } of touches) {
          const isToolKey = user.source.type === 'tool_key';
          const time = new Date(at);
          await manager.update(isToolKey ? ToolKey : ApiKey, { id: keyId }, { lastUsedAt: time });
          await this.audit.record(
            manager,
            { user, origin },
            {
              type: 'used',
              time,
              subjectType: isToolKey ? 'tool_key' : 'api_key',
              subjectId: keyId,
              ownerId: user.ownerId,
              userId: user.userId,
            },
          );
        }
      });
    } catch (error) {
      this.logger.warn(`${touches.length} uses of keys were not written: ${String(error)}`);
    }
  }
}
