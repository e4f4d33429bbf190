import type { AuditEventView } from '../audit-event.view.js';
import type { AuditSink } from '../audit-sink.js';

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
    const timer = setTimeout(() => abort.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    const aborted = new Promise<never>((_, reject) => {
      abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error));
    });
    try {
      await Promise.race([this.call(events, abort.signal), aborted]);
    } finally {
      clearTimeout(timer);
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
