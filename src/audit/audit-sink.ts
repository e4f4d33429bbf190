import type { AuditEventView } from './audit-event.js';

/** Where the events of the audit trail go as well, such as a queue. An application gives its own; see `AuditModule.forRoot`. */
export abstract class AuditSink {
  /**
   * Takes all of the events, 1 to 50, or rejects: then they come again, perhaps in other company. As they also do when
   * the process dies before it is noted that they were taken, each may come more than once, with the same id. One call
   * at a time is made, of all processes together. What has not ended after 10 s has failed; `signal` tells of it.
   */
  abstract send(events: readonly AuditEventView[], signal: AbortSignal): Promise<void>;
}

/** Says more of a failure than that there was one. */
export class SinkError extends Error {
  constructor(
    message: string,
    /** `refused`: for something in these events, so others may be taken. `busy`: only later, whatever is in them. */
    readonly kind: 'refused' | 'busy' | 'failed',
    /** When it asked to be called again; `undefined` where it did not say. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export function isRefusedBySink(error: unknown): error is SinkError {
  return error instanceof SinkError && error.kind === 'refused';
}
