import { randomUUID } from 'node:crypto';
import { redact } from '../../support/redact.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { clientAddress } from '../../http/client-address.js';
import type { HttpRequest } from '../../http/http-request.js';
import { traceparentOf } from '../../http/traceparent.js';

const longestId = 64;
/** More than this of a text is not searched for credentials. */
const mostSearched = 2_000;
/** Can be no credential that `redact` finds, so it need not look: UUIDs and plain counters. */
const plainId = /^[0-9a-f-]{1,64}$/;

const readId = Symbol('gatehouse request id');

/**
 * The origin of a request, with no credential in its user agent and its id. The request gets an id where its framework
 * gives none; its address is the peer's, or a proxy's word where the application trusts the proxy.
 */
export function requestOriginOf(request: HttpRequest & { [readId]?: string }): RequestOrigin {
  request[readId] ??= requestIdOf(request);
  const userAgent = request.headers['user-agent'];
  const traceparent = traceparentOf(request.headers.traceparent);
  const origin = {
    ip: clientAddress(request),
    userAgent: typeof userAgent === 'string' ? agentOf(userAgent) : null,
    requestId: request[readId],
  };
  return traceparent === undefined ? origin : { ...origin, traceparent };
}

/**
 * The framework's own id, as it may be stored and sent back in a header: at most 64 visible ASCII characters. One that
 * is no text or number stays as it is, and the request gets another one beside it.
 */
function requestIdOf(request: HttpRequest): string {
  const { id } = request;
  const text = typeof id === 'string' || typeof id === 'number' ? String(id) : '';
  if (plainId.test(text)) return text;
  const shown = redact(text.slice(0, mostSearched))
    .slice(0, longestId)
    .replaceAll(/[^\x21-\x7e]/g, '_');
  const requestId = shown === '' ? randomUUID() : shown;
  request.id ??= requestId;
  return requestId;
}

/** Redacted before it is cut: of a key that is cut in two the rest may be too short to be known. */
function agentOf(userAgent: string): string {
  return redact(userAgent.slice(0, mostSearched)).slice(0, 255);
}
