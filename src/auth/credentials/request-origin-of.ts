import type { RequestOrigin } from '../../principal/request-origin.js';
import type { HttpRequest } from './http-request.js';

/** The origin of a request; its address is the peer's, or a proxy's word where the application trusts the proxy. */
export function requestOriginOf(request: HttpRequest): RequestOrigin {
  const requestId = request.id === undefined ? null : String(request.id).slice(0, 64);
  const userAgent = request.headers['user-agent']?.slice(0, 255) ?? null;
  return { ip: request.ip?.slice(0, 45) ?? null, userAgent, requestId };
}
