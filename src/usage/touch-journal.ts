import { Injectable, Logger } from '@nestjs/common';
import { Mutex } from 'async-mutex';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { KeyRef } from '../key-store/api-key.state.js';
import { causeOf } from '../support/cause-of.js';
import { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { Alarm } from './alarm.js';
import { KeyTouches, type Touch } from './key-touches.js';
import { TouchWriter } from './touch-writer.js';
import { type Unwritten, writeInBatches } from './write-in-batches.js';

const writeAfter = 1_000;
const retryAfter = 60_000;
const batchSize = 100;

/** Notes uses of keys, one per key, owner and minute, and writes them a second later; what fails is tried again in a minute. */
@Injectable()
export class TouchJournal {
  private readonly logger = new Logger('KeyUsage');
  private readonly touches = new KeyTouches(25_000);
  private readonly alarm = new Alarm(() => void this.flush());
  private readonly writing = new Mutex();

  constructor(
    private readonly writer: TouchWriter,
    private readonly clock: Clock,
  ) {}

  /** `origin` is asked only when the use is noted. */
  touch(
    user: AuthenticatedUser,
    { type: kind, id: keyId, ownerId }: KeyRef,
    origin: () => RequestOrigin,
  ): void {
    const ticks = this.clock.ticks();
    // What a key is used for by another owner is told to that one, too.
    const what = user.ownerId === ownerId ? keyId : `${keyId} ${user.ownerId}`;
    if (!this.touches.isDue(what, ticks)) return;
    this.touches.note(what, { user, kind, keyId, at: this.clock.now(), origin: origin() }, ticks);
    this.alarm.set(writeAfter);
  }

  /** Writes now what can be written. Never rejects. */
  async flush(): Promise<void> {
    await this.writing.runExclusive(async () => {
      this.alarm.clear();
      const touches = this.touches.take();
      this.keep(
        await writeInBatches(touches.api_key, batchSize, (batch) => this.writer.writeOfApiKeys(batch)),
      );
      this.keep(
        await writeInBatches(touches.tool_key, batchSize, (batch) => this.writer.writeOfToolKeys(batch)),
      );
    });
  }

  private keep({ items, error }: Unwritten<Touch>): void {
    if (items.length === 0) return;
    this.touches.restore(items);
    this.alarm.clear();
    this.alarm.set(retryAfter);
    this.logger.warn(`${items.length} uses of keys were not written and are kept: ${causeOf(error)}`);
  }
}
