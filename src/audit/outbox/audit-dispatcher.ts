import { Injectable, Logger } from '@nestjs/common';
import { causeOf } from '../../principal/cause-of.js';
import { Clock } from '../../principal/clock.js';
import { RecurringJob } from '../../principal/recurring-job.js';
import { redact } from '../../principal/redact.js';
import { Tally } from '../../principal/tally.js';
import { ThrottledLog } from '../../principal/throttled-log.js';
import { toAuditEvent } from '../audit-event.view.js';
import { AuditSink } from '../audit-sink.js';
import {
  type Backlog,
  longestPause,
  type OutboxClaim,
  type OutboxPause,
  OutboxQueue,
} from './outbox-queue.js';
import { SinkCalls } from './sink-calls.js';

const sendMs = 10_000;
const flushMs = 5_000;
const measureMs = 10_000;
/** When so many single events have failed in a row, it is not the events. */
const manyApart = 10;

/**
 * Sends what waits in the outbox, the oldest first, and removes what was taken. A failed batch is sent again after 1 s,
 * doubling to 16 s; after five failures its events are sent one by one, and those that fail go on to be tried, up to
 * five minutes apart, while the others pass them by.
 */
@Injectable()
export class AuditDispatcher extends RecurringJob {
  protected readonly every = 1_000;
  /** Events that were taken, and times that events were not. */
  readonly counts = new Tally<'sent' | 'failed'>();
  /** What waits, as it was some seconds ago; `undefined` before it was looked at. */
  backlog: Backlog | undefined;
  private readonly log = new Logger('AuditSink');
  private readonly faults: ThrottledLog;
  private readonly calls: SinkCalls;
  private failuresInRow = 0;
  /** There are so many single events to be tried again that the others, and new ones, would not get their turn. */
  private passesByApart = false;
  private measuredAt = -Infinity;

  constructor(
    sink: AuditSink,
    private readonly queue: OutboxQueue,
    private readonly clock: Clock,
  ) {
    super();
    this.calls = new SinkCalls(sink);
    this.faults = new ThrottledLog(clock);
  }

  /** Sends what was written last, for 5 s at most. The rest is for another process, or the next. Never rejects. */
  async flush(): Promise<void> {
    const end = this.clock.ticks() + flushMs;
    await this.sendAll(() => Math.min(sendMs, end - this.clock.ticks()));
  }

  protected override async doAll(): Promise<number> {
    const sent = await this.sendAll(() => (this.isStopping ? 0 : sendMs));
    await this.measure();
    return sent;
  }

  /** Sends batches for as long as there are any, and milliseconds left for the next. Never rejects. */
  private async sendAll(left: () => number): Promise<number> {
    let sent = 0;
    try {
      for (let limit = left(); limit > 0; limit = left()) {
        const claim = await this.queue.claim(this.passesByApart);
        if (claim === undefined) break;
        sent += await this.deliver(claim, limit);
      }
    } catch (error) {
      this.faults.note('outbox', (more) =>
        this.log.warn(`The outbox of the audit trail is out of reach: ${causeOf(error)}${more}`),
      );
    }
    return sent;
  }

  /** Resolves with how many events were taken. */
  private async deliver(claim: OutboxClaim, limitMs: number): Promise<number> {
    try {
      if (claim.events.length > 0) await this.calls.send(claim.events.map(toAuditEvent), limitMs);
    } catch (error) {
      await this.putBack(claim, error);
      return 0;
    }
    this.failuresInRow = 0;
    if (claim.isApart) this.passesByApart = false;
    await this.queue.remove(claim.ids);
    this.counts.add('sent', claim.events.length);
    return claim.events.length;
  }

  private async putBack(claim: OutboxClaim, error: unknown): Promise<void> {
    const { ids, attempts, isApart } = claim;
    this.failuresInRow += 1;
    this.passesByApart = isApart && this.failuresInRow % manyApart === 0;
    this.counts.add('failed', ids.length);
    const what = isApart ? `Audit event ${ids[0]}, sent alone,` : `${ids.length} audit events`;
    this.faults.note(isApart ? 'apart' : 'batch', (more) =>
      this.log.warn(
        `${what} could not be sent and will be again: ${redact(error instanceof Error ? error.message : String(error))}${more}`,
      ),
    );
    await this.queue.putBack(claim, this.pauseAfter(attempts, isApart));
  }

  private pauseAfter(attempts: number, isApart: boolean): OutboxPause {
    if (!isApart) return { everybodyMs: 1_000 * 2 ** (attempts - 1), claimedMs: 0 };
    return {
      everybodyMs: this.failuresInRow % manyApart === 0 ? longestPause.everybodyMs : 0,
      claimedMs: Math.min(longestPause.claimedMs, 1_000 * 2 ** Math.min(attempts, 20)),
    };
  }

  private async measure(): Promise<void> {
    const ticks = this.clock.ticks();
    if (ticks - this.measuredAt < measureMs) return;
    this.measuredAt = ticks;
    // What cannot be looked at now is looked at again soon; that the database is out of reach is told by others.
    this.backlog = await this.queue.backlog().catch(() => this.backlog);
  }
}
