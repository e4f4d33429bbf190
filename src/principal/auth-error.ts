import { HttpException } from '@nestjs/common';

/** Every error code, with its HTTP status. The codes are public API: programs can switch on them. */
export const statusOfCode = {
  MISSING_TOKEN: 401,
  INVALID_TOKEN: 401,
  EXPIRED_TOKEN: 401,
  INVALID_API_KEY: 401,
  INVALID_TOOL_KEY: 401,
  INVALID_CREDENTIAL: 401,
  USER_NOT_FOUND: 401,
  FORBIDDEN: 403,
  INSUFFICIENT_SCOPE: 403,
  AGENT_CONTEXT: 403,
  VALIDATION_FAILED: 400,
  WINDOW_TOO_LARGE: 400,
  NO_KEY: 404,
  NOT_FOUND: 404,
  REQUEST_TIMEOUT: 408,
  KEY_EXISTS: 409,
  KEY_ENDED: 409,
  USER_ERASED: 409,
  STALE_ATTEMPT: 409,
  TOO_MANY_KEYS: 409,
  NOT_NARROWABLE: 409,
  REQUEST_IN_PROGRESS: 409,
  IDEMPOTENCY_KEY_REUSED: 422,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  BUDGET_EXCEEDED: 429,
  HEADERS_TOO_LARGE: 431,
  AUTH_NOT_CONFIGURED: 503,
  AUTH_UNAVAILABLE: 503,
  DB_UNAVAILABLE: 503,
  SHUTTING_DOWN: 503,
  INTERNAL_ERROR: 500,
} as const;

export type ErrorCode = keyof typeof statusOfCode;

export const errorCodes = Object.keys(statusOfCode) as ErrorCode[];

/** The message of each code. Two causes of one code have the same message. */
export const messageOfCode: Record<ErrorCode, string> = {
  MISSING_TOKEN: 'This route requires a credential: a bearer token, an API key or a tool key.',
  INVALID_TOKEN: 'The bearer token is not valid.',
  EXPIRED_TOKEN: 'The bearer token has expired.',
  INVALID_API_KEY: 'The API key is not valid.',
  INVALID_TOOL_KEY: 'The tool key is not valid.',
  INVALID_CREDENTIAL: 'The credential is not valid.',
  USER_NOT_FOUND: 'The user of this token does not exist or is disabled.',
  FORBIDDEN: 'This credential is not allowed to do that.',
  INSUFFICIENT_SCOPE: 'This credential lacks a scope that this route requires.',
  AGENT_CONTEXT: 'This request comes from an agent; agents must use a tool key.',
  VALIDATION_FAILED: 'The request is not valid.',
  WINDOW_TOO_LARGE: 'The requested period is too long.',
  NO_KEY: 'There is no active API key.',
  NOT_FOUND: 'The requested resource does not exist.',
  REQUEST_TIMEOUT: 'The request took too long to arrive.',
  KEY_EXISTS: 'An active API key already exists; refresh or delete it.',
  KEY_ENDED: 'This key has ended: it was revoked, replaced, or has expired.',
  USER_ERASED: 'The personal data of this user was deleted, which cannot be undone.',
  STALE_ATTEMPT: 'This task already has a later attempt.',
  TOO_MANY_KEYS: 'This task, user or owner already has the maximum number of active keys.',
  NOT_NARROWABLE: 'It is not known well enough which scopes this key needs.',
  REQUEST_IN_PROGRESS: 'A request with the same Idempotency-Key is in progress; repeat it afterwards.',
  IDEMPOTENCY_KEY_REUSED: 'This Idempotency-Key was sent with another request.',
  PAYLOAD_TOO_LARGE: 'The request body is too large.',
  UNSUPPORTED_MEDIA_TYPE: 'The request body must be application/json.',
  RATE_LIMITED: 'Too many requests.',
  BUDGET_EXCEEDED: 'The call budget of this key is used up.',
  HEADERS_TOO_LARGE: 'The request headers are too large.',
  AUTH_NOT_CONFIGURED: 'No token issuer is configured.',
  AUTH_UNAVAILABLE: 'The signing keys of the token issuer are unavailable.',
  DB_UNAVAILABLE: 'The database is unavailable.',
  SHUTTING_DOWN: 'The service is shutting down.',
  INTERNAL_ERROR: 'Something went wrong on our side.',
};

const noParameters = {};

const graphqlCodes: Readonly<Record<number, string>> = {
  400: 'BAD_USER_INPUT',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
};

/** The contents of an error besides its code. */
export interface AuthErrorOptions {
  /** Replaces the code's message. Must not contain a credential or a cause. */
  readonly message?: string;
  /** Facts for the caller, in the response body. */
  readonly details?: unknown;
  /** Sent as `Retry-After` (RFC 9110 §10.2.3). */
  readonly retryAfterSeconds?: number;
  /** Further fields of the response body. */
  readonly fields?: object;
  /** Further parameters of the `WWW-Authenticate` of a 401, or of a 403 for a scope (RFC 6750 §3). */
  readonly challenge?: Readonly<Record<string, string>>;
  /** Kept for the log, never sent. */
  readonly cause?: unknown;
}

/**
 * The one error of this package: a public code, its HTTP status, and a body `{ code, message, details? }`. Only a 5xx
 * has a stack.
 */
export class AuthError extends HttpException {
  readonly retryAfterSeconds: number | undefined;
  /** Parameters of the `WWW-Authenticate`, besides those of every such error. */
  readonly challenge: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    options: AuthErrorOptions = {},
  ) {
    const { message = messageOfCode[code], details, retryAfterSeconds, fields, cause } = options;
    // A rejection needs no stack, which would be most of its cost.
    const { stackTraceLimit } = Error;
    if (statusOfCode[code] < 500) Error.stackTraceLimit = 0;
    const body = details === undefined ? { code, message } : { code, message, details };
    super(fields === undefined ? body : { ...body, ...fields }, statusOfCode[code], { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.message = message;
    this.challenge = options.challenge ?? noParameters;
    this.retryAfterSeconds = retryAfterSeconds ?? (statusOfCode[code] === 503 ? 5 : undefined);
  }

  /** What GraphQL servers report of it: the code that GraphQL clients know, and the code of this error as `reason`. */
  get extensions(): object {
    const { code, retryAfterSeconds } = this;
    const { details } = this.getResponse() as { details?: unknown };
    return { code: graphqlCodes[this.getStatus()] ?? code, reason: code, details, retryAfterSeconds };
  }
}
