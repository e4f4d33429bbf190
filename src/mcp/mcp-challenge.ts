import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import type { Scope } from '../principal/scopes.js';
import type { McpMessage } from './mcp-message.js';
import type { CallRules } from './mcp-operations.js';
import type { McpModuleOptions } from './mcp.options.js';

interface Challenged extends Pick<McpModuleOptions, 'scopes' | 'loginScopes' | 'scopePrefix'> {
  /** Of the metadata of the resource; `undefined` where no authorization server is configured. */
  readonly metadataUrl: string | undefined;
  /** `undefined` for a request that has none. */
  readonly message: McpMessage | undefined;
  readonly rules: CallRules | undefined;
}

/** Of an error of the application, in JSON-RPC 2.0. */
const serverError = -32_000;

const longestDescription = 500;
const longestShownName = 200;

/**
 * The rejection as clients of MCP read it: where to log in (RFC 9728 §5.1), the scopes to ask for, and why in words (RFC 6750 §3). The
 * body also is an answer in JSON-RPC.
 */
export function challengedError(error: AuthError, challenged: Challenged): AuthError {
  const { metadataUrl, message } = challenged;
  const { details, ...body } = error.getResponse() as {
    details?: unknown;
    id?: unknown;
    error?: unknown;
  };
  const text = textOf(error, challenged);
  const { id = message?.id ?? null, error: answered = { code: serverError, message: text } } = body;
  return new AuthError(error.code, {
    message: text,
    details,
    retryAfterSeconds: error.retryAfterSeconds,
    cause: error.cause,
    fields: { jsonrpc: '2.0', id, error: answered },
    challenge: {
      ...scopeOf(error, challenged),
      ...(error.code !== 'MISSING_TOKEN' && { error_description: text.slice(0, longestDescription) }),
      ...(metadataUrl !== undefined && { resource_metadata: metadataUrl }),
    },
  });
}

/** Those of what is called, all at once; at the login, those that the options name. */
function scopeOf(error: AuthError, challenged: Challenged): { scope?: string } {
  const { rules, scopes = {}, loginScopes = Object.keys(scopes), scopePrefix = '' } = challenged;
  const { details } = error.getResponse() as { details?: { required?: readonly Scope[] } };
  const ofCall = error.code === 'INSUFFICIENT_SCOPE' ? details?.required : rules?.scopes;
  const wanted = ofCall === undefined || ofCall.length === 0 ? loginScopes : ofCall;
  return wanted.length === 0 ? {} : { scope: wanted.map((one) => scopePrefix + one).join(' ') };
}

const words: Partial<Record<ErrorCode, string>> = {
  INVALID_TOKEN: 'The access token is not valid for this MCP server.',
  EXPIRED_TOKEN: 'The access token has expired.',
};

function textOf(error: AuthError, { scopes = {}, message }: Challenged): string {
  if (error.code !== 'INSUFFICIENT_SCOPE') return words[error.code] ?? error.message;
  const { details } = error.getResponse() as { details?: { missing?: readonly Scope[] } };
  const missing = (details?.missing ?? []).map((scope) =>
    scopes[scope] === undefined ? scope : `${scope} (${scopes[scope]})`,
  );
  const [named] = message?.named ?? [];
  const what =
    named === undefined ? 'This server' : `The ${named.kind} ${named.name.slice(0, longestShownName)}`;
  return `${what} needs ${missing.join(', ')}.`;
}
