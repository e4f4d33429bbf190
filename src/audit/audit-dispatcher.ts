import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../support/clock.js';
import { causeOf } from '../support/errors.js';
import { Counter } from '../support/instrumentation.js';
import { redact } from '../support/redact.js';
import { ThrottledLog } from '../support/throttle.js';
import { pauseAfter, RecurringJob } from '../support/timers.js';
import { toAuditEvent } from './audit-event.js';
import { AuditSink, isRejectedBySink, SinkError } from './audit-sink.js';
import {
  attemptsTogether,
  type Backlog,
  longestPause,
  type OutboxClaim,
  type OutboxPause,
  OutboxQueue,
} from './outbox-queue.js';
import { SinkCalls, SinkDeliveries } from './sink-deliveries.js';

const sendMs = 10_000;
const flushMs = 5_000;
const measureMs = 10_000;
/** When so many single events have failed in a row, it is not the events. */
const manyApart = 10;
const longestApartMs = 300_000;
/** One process sends at a time, and a pause above the longest does not count. */
const jitter = 0;
/** For so long a claim is split; the last call of it may end after that, and still within the claim. */
const splitMs = 15_000;

/**
 * Sends what waits in the outbox, the oldest first, and removes what was taken. A failed batch is sent again after 1 s,
 * doubling to 16 s; after five failures its events are sent one by one, and those that fail go on to be tried, up to
 * five minutes apart, while the others pass them by. A sink that rejects a batch for what is in it is sent its halves at
 * once, until only the rejected events are left: those are set aside and tried again, up to an hour apart.
 */
@Injectable()
export class AuditDispatcher extends RecurringJob {
  protected readonly intervalMs = 1_000;
  /** Events that were taken, times that events were not, and times that single ones were rejected. */
  readonly counts = new Counter<'sent' | 'failed' | 'refused'>();
  /** What waits, as it was some seconds ago; `undefined` before it was looked at. */
  backlog: Backlog | undefined;
  private readonly log = new Logger('AuditSink');
  private readonly faults: ThrottledLog;
  private readonly deliveries: SinkDeliveries;
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
    this.deliveries = new SinkDeliveries(new SinkCalls(sink));
    this.faults = new ThrottledLog(clock);
  }

  /** Sends what was written last, for 5 s at most. The rest is for another process, or the next. Never rejects. */
  async flush(): Promise<void> {
    const end = this.clock.ticks() + flushMs;
    await this.sendAll(() => Math.min(sendMs, end - this.clock.ticks()));
  }

  protected override async runOnce(): Promise<number> {
    const sent = await this.sendAll(() => (this.isStopping ? 0 : sendMs));
    await this.measure();
    return sent;
  }

  /** Sends batches for as long as there are any, and milliseconds left for the next. Never rejects. */
  private async sendAll(left: () => number): Promise<number> {
    let sent = 0;
    try {
      while (left() > 0) {
        const claim = await this.queue.claim(this.passesByApart);
        if (claim === undefined) break;
        sent += await this.deliver(claim, left);
      }
    } catch (error) {
      this.faults.note('outbox', (more) =>
        this.log.warn(`The outbox of the audit trail is unavailable: ${causeOf(error)}${more}`),
      );
    }
    return sent;
  }

  /** Resolves with how many events were taken. */
  private async deliver(claim: OutboxClaim, left: () => number): Promise<number> {
    const end = this.clock.ticks() + splitMs;
    const mayTake = () => (this.clock.ticks() < end ? left() : 0);
    const { taken, rejected, fault } = await this.deliveries.send(claim.events.map(toAuditEvent), mayTake);
    const ended = new Set([...taken, ...rejected]);
    const rest = claim.events.map(({ id }) => id).filter((id) => !ended.has(id));
    const kept = new Set([...rejected, ...rest]);
    const gone = claim.ids.filter((id) => !kept.has(id));
    if (taken.length > 0) this.failuresInRow = 0;
    // One that is rejected alone lets the others go first.
    if (claim.isApart && ended.size > 0) this.passesByApart = rejected.length > 0;
    if (gone.length > 0) await this.queue.remove(gone);
    if (rejected.length > 0) await this.setAside({ ...claim, ids: rejected });
    if (rest.length > 0) await this.putBack({ ...claim, ids: rest }, fault);
    this.counts.add('sent', taken.length);
    return taken.length;
  }

  private async setAside(claim: OutboxClaim): Promise<void> {
    const { ids, attempts } = claim;
    this.counts.add('refused', ids.length);
    this.faults.note('refused', (more) =>
      this.log.warn(
        `Audit event ${ids[0]}${ids.length > 1 ? ` and ${ids.length - 1} others were` : ' was'} rejected by the sink and set aside, to be sent again later: delete its row from audit_outbox to give one up${more}`,
      ),
    );
    const tries = Math.max(attempts, attemptsTogether);
    await this.queue.setAside(claim, pauseAfter(tries + 1, { maxMs: longestPause.claimedMs, jitter }));
  }

  private async putBack(claim: OutboxClaim, fault: unknown): Promise<void> {
    if (fault === undefined) return this.queue.putBack(claim, { allMs: 0, claimedMs: 0 });
    const { ids, isApart } = claim;
    this.failuresInRow += 1;
    const isAway = isRejectedBySink(fault) || this.failuresInRow % manyApart === 0;
    this.passesByApart = isApart && isAway;
    this.counts.add('failed', ids.length);
    const what = isApart ? `Audit event ${ids[0]}, sent alone,` : `${ids.length} audit events`;
    this.faults.note(isApart ? 'apart' : 'batch', (more) =>
      this.log.warn(
        `${what} could not be sent and will be again: ${redact(fault instanceof Error ? fault.message : String(fault))}${more}`,
      ),
    );
    await this.queue.putBack(claim, this.pauseOf(claim, isAway, fault));
  }

  private pauseOf({ attempts, isApart }: OutboxClaim, isAway: boolean, fault: unknown): OutboxPause {
    const { kind, retryAfterMs = 0 } = fault instanceof SinkError ? fault : {};
    const { allMs: maxMs } = longestPause;
    const wait = (ms: number) => Math.min(maxMs, Math.max(ms, retryAfterMs));
    const waitAfter = (failures: number) => wait(pauseAfter(failures, { maxMs, jitter }));
    if (kind === 'busy') return { allMs: waitAfter(this.failuresInRow), claimedMs: 0, isUncounted: true };
    if (!isApart) return { allMs: waitAfter(attempts), claimedMs: 0 };
    const claimedMs = pauseAfter(attempts + 1, { maxMs: longestApartMs, jitter });
    return { allMs: wait(isAway ? longestPause.allMs : 0), claimedMs };
  }

  private async measure(): Promise<void> {
    const ticks = this.clock.ticks();
    if (ticks - this.measuredAt < measureMs) return;
    this.measuredAt = ticks;
    // A failure is retried soon; others report that the database is unavailable.
    this.backlog = await this.queue.backlog().catch(() => this.backlog);
  }
}
