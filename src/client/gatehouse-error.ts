import { type ErrorCode, isErrorAnswer } from './error-answer.js';

/** An answer that is none of 2xx. `hasCode` tells which, and its details. */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  /** `undefined` when it was not Gatehouse that answered, but a proxy. */
  readonly code: ErrorCode | undefined;
  /** What the log and the audit trail know the request by. */
  readonly requestId: string | undefined;
  readonly details: unknown;
  /** After how many seconds it may be tried again, where that is worth it (429 and 503). */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly status: number,
    body: unknown,
    headers: Headers,
  ) {
    const answer = isErrorAnswer(body) ? body : undefined;
    super(answer === undefined ? `${status}` : `${status} ${answer.code}: ${answer.message}`);
    this.code = answer?.code;
    this.requestId = answer?.requestId ?? headers.get('X-Request-Id') ?? undefined;
    this.details = answer?.details;
    this.retryAfterSeconds = secondsOf(headers.get('Retry-After'));
  }
}

function secondsOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
