import type { AuditEventView } from './audit-event.js';

/** Receives the events of the audit trail, such as a queue. Pass your own to `AuditModule.forRoot`. */
export abstract class AuditSink {
  /**
   * Accepts all of the events, 1 to 50, or rejects: then they are sent again, perhaps in another batch. An event may
   * arrive more than once, with the same id, for example after a crash. All processes together make one call at a time.
   * A call that takes longer than 10 s has failed; `signal` is aborted.
   */
  abstract send(events: readonly AuditEventView[], signal: AbortSignal): Promise<void>;
}

/** A failure with its kind and, if known, when to retry. */
export class SinkError extends Error {
  constructor(
    message: string,
    /** `refused`: because of these events; others may be accepted. `busy`: accepts nothing for now. */
    readonly kind: 'refused' | 'busy' | 'failed',
    /** After how long the sink asked to be called again; `undefined` if it did not say. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

export function isRejectedBySink(error: unknown): error is SinkError {
  return error instanceof SinkError && error.kind === 'refused';
}
