import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import { authModuleOptions } from '../auth.module-definition.js';
import type { AuthModuleOptions } from '../auth.options.js';
import type { Credential } from './credential-reader.js';
import { type HttpRequest, isUnsafe } from '../../http/http-request.js';

/**
 * Keeps pages of other sites from using a person's credential: one that browsers add to requests by themselves counts
 * for an unsafe method only in a request of the application's own pages, or of those of `allowedOrigins`.
 */
@Injectable()
export class CrossSite {
  private readonly allowedOrigins: readonly string[];

  constructor(@Inject(authModuleOptions) { allowedOrigins = [] }: AuthModuleOptions) {
    this.allowedOrigins = allowedOrigins;
  }

  /** The 403 for a request that a page of another site has made up. */
  refusalOf(request: HttpRequest, { isAmbient }: Credential): AuthError | undefined {
    if (isAmbient !== true || !isUnsafe(request.method) || !this.isForeign(request)) return undefined;
    return new AuthError('FORBIDDEN', { message: 'This request comes from a page of another site.' });
  }

  /**
   * Browsers say where a request comes from, and pages cannot change what they say. Other clients may say nothing: they
   * have no cookies but their own.
   */
  private isForeign({ headers, host }: HttpRequest): boolean {
    const { origin } = headers;
    if (origin !== undefined && this.allowedOrigins.includes(origin)) return false;
    const site = headers['sec-fetch-site'];
    if (site !== undefined) return site !== 'same-origin' && site !== 'none';
    return origin !== undefined && !isOriginOf(origin, host || headers.host);
  }
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
