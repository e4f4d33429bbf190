import type { components } from './api.js';

type AnyError = components['schemas']['Error'];

/** What programs switch on. A service that is newer than this client may answer with others. */
export type ErrorCode = AnyError['code'];

interface KnownDetails {
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
  ? Omit<AnyError, 'code' | 'details'> & {
      readonly code: Code;
      readonly details: Code extends keyof KnownDetails ? KnownDetails[Code] : unknown;
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
export function isErrorAnswer(body: unknown): body is AnyError {
  if (typeof body !== 'object' || body === null) return false;
  const { code, message, requestId } = body as Partial<AnyError>;
  return [code, message, requestId].every((field) => typeof field === 'string');
}
