import type { components } from './api.js';

/** The code of an error. A newer service may send other codes. */
export type ErrorCode = components['schemas']['Error']['code'];

/** The details of an error, for the codes that have some. */
export interface ErrorDetails {
  INSUFFICIENT_SCOPE: {
    readonly required: readonly string[];
    readonly granted: readonly string[];
    readonly missing: readonly string[];
  };
  VALIDATION_FAILED: readonly { readonly path: string; readonly message: string }[];
  STALE_ATTEMPT: { readonly attempt: number; readonly current: number };
  TOO_MANY_KEYS: { readonly most: number };
}

/** The body of an error answer with this code, or with one of these. */
export type ErrorAnswer<Code extends ErrorCode = ErrorCode> = Code extends ErrorCode
  ? Omit<components['schemas']['Error'], 'code' | 'details'> & {
      readonly code: Code;
      readonly details: Code extends keyof ErrorDetails ? ErrorDetails[Code] : unknown;
    }
  : never;

/** Whether it is an error of Gatehouse, as an answer or as `GatehouseError`, with one of these codes. */
export function hasCode<Code extends ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is ErrorAnswer<Code> {
  return isErrorAnswer(error) && (codes as readonly string[]).includes(error.code);
}

/** Whether a body is the one that all errors of Gatehouse have; a proxy in front of it has others. */
function isErrorAnswer(body: unknown): body is components['schemas']['Error'] {
  if (typeof body !== 'object' || body === null) return false;
  const { code, message, requestId } = body as Record<string, unknown>;
  return [code, message, requestId].every((field) => typeof field === 'string');
}

/** A response with a status other than 2xx. Use `hasCode` to narrow its code and details. */
export class GatehouseError extends Error {
  override readonly name = 'GatehouseError';
  /** `undefined` if a proxy answered instead of Gatehouse. */
  readonly code: ErrorCode | undefined;
  /** The id of the request in the log and the audit trail. */
  readonly requestId: string | undefined;
  readonly details: unknown;
  /** Seconds after which to retry (429 and 503). */
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

/** The body of a 2xx response. Rejects with `GatehouseError` for any other status. */
export async function dataOf<Data>(
  answer: Promise<{ readonly data?: Data; readonly error?: unknown; readonly response: Response }>,
): Promise<Data> {
  const { data, error, response } = await answer;
  if (!response.ok) throw new GatehouseError(response.status, error, response.headers);
  return data as Data;
}
