import { randomUUID } from 'node:crypto';
import { redact } from '../../principal/redact.js';
import type { RequestOrigin } from '../../principal/request-origin.js';
import { addressOf } from './address-of.js';
import type { HttpRequest } from './http-request.js';

/** The origin of a request, with no credential in its user agent. The request gets an id where its framework gives none; its address is the peer's, or a proxy's word where the application trusts the proxy. */
export function requestOriginOf(request: HttpRequest): RequestOrigin {
  request.id ??= randomUUID();
  const requestId = String(request.id).slice(0, 64);
  const userAgent = request.headers['user-agent'];
  return {
    ip: addressOf(request),
    userAgent: userAgent === undefined ? null : agentOf(userAgent),
    requestId,
  };
}

/** Redacted before it is cut: of a key that is cut in two the rest may be too short to be known. */
function agentOf(userAgent: string): string {
  return redact(userAgent.slice(0, 2_000)).slice(0, 255);
}
