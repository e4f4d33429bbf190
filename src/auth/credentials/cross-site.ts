import { type HttpRequest, isUnsafe } from '../../http/http-request.js';

/**
 * True for an unsafe request that a page of another site makes, or one that is not in `allowedOrigins`. Browsers say where
 * a request comes from, and pages cannot change what they say. Other clients may say nothing: they send no cookies but
 * their own.
 */
export function isCrossSite(request: HttpRequest, allowedOrigins: readonly string[] = []): boolean {
  if (!isUnsafe(request.method)) return false;
  const { headers, host } = request;
  const { origin } = headers;
  if (origin !== undefined && allowedOrigins.includes(origin)) return false;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && !isOriginOf(origin, host || headers.host);
}

/** The scheme is not compared: behind a proxy that ends TLS only the proxy knows it. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  const from = originOf(origin);
  if (from === undefined || host === undefined) return false;
  return originOf(`${from.protocol}//${host}`)?.host === from.host;
}

/** `undefined` for `null`, and for what is no origin of a web page (RFC 6454 §6.2). */
function originOf(text: string): URL | undefined {
  return /^https?:\/\/[^/?#@\s]+$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

/** True for an origin of a web page, written as browsers send it. */
export function isWebOrigin(origin: unknown): boolean {
  return typeof origin === 'string' && originOf(origin)?.origin === origin;
}
