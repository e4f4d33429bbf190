import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import type { KeyRef } from '../key-store/api-key.state.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import { subjectOfPrincipal } from '../audit/audit-event.js';
import { PendingList, WriteBehind } from './write-behind.js';

/** One use of a key. */
interface Touch {
  readonly user: AuthenticatedUser;
  readonly keyId: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly origin: RequestOrigin;
}

const touchEveryMs = 60_000;
const maxPending = 25_000;
const timing = { batchSize: 100, delayMs: 1_000, retryMs: 60_000 };

/** Keeps the last use of keys, at most once per key, owner and minute, each with its `used` event. */
@Injectable()
export class KeyTouches {
  /** Ticks of the clock at the last touch. */
  private readonly lastTouches = boundedLru<string, number>(100_000);
  private readonly pending = {
    api_key: new PendingTouches(maxPending),
    tool_key: new PendingTouches(maxPending),
  };
  private readonly buffers: Record<KeyRef['type'], WriteBehind<Touch>>;

  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.buffers = {
      api_key: this.bufferOf('api_key', (touches) => this.writeOfApiKeys(touches)),
      tool_key: this.bufferOf('tool_key', (touches) => this.writeOfToolKeys(touches)),
    };
  }

  /** `origin` is called only when the use is kept. */
  touch(user: AuthenticatedUser, { type, id: keyId, ownerId }: KeyRef, origin: () => RequestOrigin): void {
    const ticks = this.clock.ticks();
    // An owner sees in its own trail that a key of another owner acted for it.
    const touched = user.ownerId === ownerId ? keyId : `${keyId} ${user.ownerId}`;
    const last = this.lastTouches.get(touched);
    if (last !== undefined && ticks - last < touchEveryMs) return;
    if (this.pending.api_key.size + this.pending.tool_key.size >= maxPending) return;
    this.lastTouches.set(touched, ticks);
    this.pending[type].add({ user, keyId, at: this.clock.now(), origin: origin() });
    this.buffers[type].schedule();
  }

  /** Writes all pending touches now, as far as possible. Never rejects. */
  async flush(): Promise<void> {
    await this.buffers.api_key.flush();
    await this.buffers.tool_key.flush();
  }

  private bufferOf(
    type: KeyRef['type'],
    write: (touches: readonly Touch[]) => Promise<void>,
  ): WriteBehind<Touch> {
    return new WriteBehind({ ...timing, what: 'uses of keys', pending: this.pending[type], write });
  }

  private async writeOfApiKeys(touches: readonly Touch[]): Promise<void> {
    await this.apiKeys.change(async (keys) => {
      for (const touch of touches) {
        const { ip, userAgent } = touch.origin;
        await keys.touch(touch.keyId, { at: new Date(touch.at), ip, userAgent });
        await keys.record(touch, usedEvent(touch));
      }
    });
  }

  private async writeOfToolKeys(touches: readonly Touch[]): Promise<void> {
    await this.database.write(async (manager) => {
      for (const touch of touches) {
        await manager
          .createQueryBuilder()
          .update(ToolKey)
          .set({ lastUsedAt: new Date(touch.at) })
          .where('id = :id AND (last_used_at IS NULL OR last_used_at <= :at)', {
            id: touch.keyId,
            at: touch.at,
          })
          .execute();
        await this.audit.record(manager, touch, usedEvent(touch));
      }
    });
  }
}

class PendingTouches extends PendingList<Touch> {
  /** Sorted: all processes lock the rows in the same order, so they do not deadlock. */
  override take(): Touch[] {
    return super.take().sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
  }
}

function usedEvent({ user, at }: Touch) {
  return { type: 'used', time: new Date(at), ...subjectOfPrincipal(user) } as const;
}
