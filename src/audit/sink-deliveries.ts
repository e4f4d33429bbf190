import { withTimeout } from '../support/timers.js';
import type { AuditEventView } from './audit-event.js';
import { type AuditSink, isRejectedBySink } from './audit-sink.js';

/** So many calls that never end are left behind; then no more are made, or they would fill the memory. */
const mostUnended = 10;

/** Calls a sink and waits no longer than is given to it. */
export class SinkCalls {
  private unended = 0;

  constructor(private readonly sink: AuditSink) {}

  /** Rejects when the sink does, and when it has not ended after `limitMs`. */
  async send(events: readonly AuditEventView[], limitMs: number): Promise<void> {
    if (this.unended >= mostUnended)
      throw new Error(`the last ${mostUnended} calls of it have not ended yet`);
    const abort = new AbortController();
    try {
      await withTimeout(this.call(events, abort.signal), limitMs);
    } catch (error) {
      abort.abort(error);
      throw error;
    }
  }

  private async call(events: readonly AuditEventView[], signal: AbortSignal): Promise<void> {
    this.unended += 1;
    try {
      await this.sink.send(events, signal);
    } finally {
      this.unended -= 1;
    }
  }
}

/** What became of the events of one claim. What is in neither list was not sent, or may be sent again as it is. */
export interface Delivery {
  readonly taken: readonly string[];
  /** Each was rejected alone, while the sink takes others. */
  readonly rejected: readonly string[];
  /** Why the others were not taken; `undefined` when all were tried, or the time ran out. */
  readonly fault?: unknown;
}

/** So many single events rejected in a row, and the sink may reject everything: that is no fault of the events. */
const suspicious = 10;

/** Sends the events of a claim, and finds by bisection which of them a sink rejects. */
export class SinkDeliveries {
  /** The last event that was accepted. Sending it again shows whether the sink accepts anything. */
  private knownGood: AuditEventView | undefined;
  private rejectedInRow = 0;

  constructor(private readonly calls: SinkCalls) {}

  /** `left` returns how many milliseconds the next call can take; at 0 nothing more is sent. Never rejects. */
  async send(events: readonly AuditEventView[], left: () => number): Promise<Delivery> {
    const taken: string[] = [];
    const rejected: string[] = [];
    /** Rejected since something was taken. */
    let row: string[] = [];
    const parts = events.length === 0 ? [] : [events];
    for (let part = parts.pop(); part !== undefined && left() > 0; part = parts.pop()) {
      const error = await this.call(part, left());
      if (error === undefined) {
        taken.push(...part.map(({ id }) => id));
        rejected.push(...row.splice(0));
        continue;
      }
      if (!isRejectedBySink(error)) return { taken, rejected: [...rejected, ...row], fault: error };
      if (part.length > 1) {
        const half = part.length >> 1;
        parts.push(part.slice(half), part.slice(0, half));
        continue;
      }
      row.push(...part.map(({ id }) => id));
      this.rejectedInRow += 1;
      if (this.rejectedInRow < suspicious) continue;
      const limitMs = left();
      if (limitMs <= 0) return { taken, rejected };
      if (!(await this.takesAnything(limitMs))) return { taken, rejected, fault: error };
      rejected.push(...row);
      row = [];
    }
    return { taken, rejected: [...rejected, ...row] };
  }

  private async takesAnything(limitMs: number): Promise<boolean> {
    return this.knownGood !== undefined && (await this.call([this.knownGood], limitMs)) === undefined;
  }

  /** Resolves with what it failed with. */
  private async call(events: readonly AuditEventView[], limitMs: number): Promise<unknown> {
    try {
      await this.calls.send(events, limitMs);
    } catch (error) {
      return error ?? new Error('It failed without an error');
    }
    this.knownGood = events.at(-1);
    this.rejectedInRow = 0;
    return undefined;
  }
}
