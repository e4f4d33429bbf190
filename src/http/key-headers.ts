import type { LimitState } from '../limits/key-limits.js';
import type { HttpResponse } from './http-response.js';

const announcedBefore = 14 * 24 * 60 * 60 * 1000;

/** Where the key stands with its limit, as structured fields (draft-ietf-httpapi-ratelimit-headers-10 §3 and §4). */
export function tellLimit(response: HttpResponse, state: LimitState): void {
  const { limit, windowSeconds, remaining, resetSeconds } = state;
  response.header('RateLimit-Policy', `"key";q=${limit};w=${windowSeconds}`);
  response.header('RateLimit', `"key";r=${remaining};t=${resetSeconds}`);
}

/** `X-Key-Expires-In`, in whole seconds, in the last 14 days of a key. Both times are epoch milliseconds. */
export function tellExpiry(response: HttpResponse, expiresAt: number | null, now: number): void {
  if (expiresAt === null || expiresAt - now > announcedBefore) return;
  response.header('X-Key-Expires-In', String(Math.max(0, Math.floor((expiresAt - now) / 1000))));
}
