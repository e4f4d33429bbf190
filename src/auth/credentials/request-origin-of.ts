import { randomUUID } from 'node:crypto';
import type { RequestOrigin } from '../../principal/request-origin.js';
import { addressOf } from './address-of.js';
import type { HttpRequest } from './http-request.js';

/** The origin of a request, which gets an id where its framework gives none; its address is the peer's, or a proxy's word where the application trusts the proxy. */
export function requestOriginOf(request: HttpRequest): RequestOrigin {
  request.id ??= randomUUID();
  const requestId = String(request.id).slice(0, 64);
  const userAgent = request.headers['user-agent']?.slice(0, 255) ?? null;
  return { ip: addressOf(request), userAgent, requestId };
}
