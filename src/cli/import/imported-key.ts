import type { RateLimit } from '../../principal/grants.js';
import { BadLine } from './source-row.js';

/** A key as the file of another system describes it; `null` for what it does not say. */
export interface ImportedKey {
  /** SHA-256 of the whole key, lower-case hex. */
  readonly hash: string;
  readonly name: string | null;
  readonly prefix: string | null;
  /** Its id in the other system. */
  readonly id: string | null;
  /** The id of its owner in the other system. */
  readonly owner: string | null;
  readonly enabled: boolean;
  readonly rateLimit: RateLimit | null;
  readonly createdAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** A key of which only the hash is known. */
export const noDetails: Omit<ImportedKey, 'hash'> = {
  name: null,
  prefix: null,
  id: null,
  owner: null,
  enabled: true,
  rateLimit: null,
  createdAt: null,
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
};

const hex = /^[0-9a-f]{64}$/i;
const base64 = /^[A-Za-z0-9+/_-]{43}=?$/;

/**
 * Reads a SHA-256 in hex, base64 or base64url; returns lower-case hex. Throws `BadLine` for anything else, such as a key in
 * plain text, which is never stored.
 */
export function readHash(text: string): string {
  if (hex.test(text)) return text.toLowerCase();
  const bytes = base64.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (bytes?.length === 32 && isCanonical(text, bytes)) return bytes.toString('hex');
  throw new BadLine(
    'the hash is not a SHA-256 in hex, base64 or base64url; keys in plain text are never imported, so hash them first',
  );
}

/** The last character has two spare bits, which are zero in a real encoding. */
function isCanonical(text: string, bytes: Buffer): boolean {
  const unpadded = text.replace('=', '');
  return unpadded === bytes.toString('base64url') || unpadded === bytes.toString('base64').replace('=', '');
}

/**
 * Reads a limit with its window in milliseconds; `null` if there is none. The window is rounded up to whole seconds, which
 * never allows more. Throws `BadLine` for a limit that cannot be kept, as the key would be stronger without it.
 */
export function rateLimitOf(limit: number | null, windowMs: number | null): RateLimit | null {
  if (limit === null && windowMs === null) return null;
  if (limit === null || windowMs === null)
    throw new BadLine('its rate limit cannot be kept: one of its number and its window is missing');
  const windowSeconds = Math.ceil(windowMs / 1000);
  const isKept =
    Number.isInteger(limit) &&
    limit >= 1 &&
    limit <= 1_000_000 &&
    windowSeconds >= 1 &&
    windowSeconds <= 86_400;
  if (!isKept)
    throw new BadLine('its rate limit cannot be kept: it is at most 1,000,000 in at most 86,400 seconds');
  return { limit, windowSeconds };
}

/** True if a key has no uses left, so that it is imported disabled. Throws `BadLine` for a number of uses, which cannot be kept. */
export function hasNoUsesLeft(remaining: number | null): boolean {
  if (remaining === null || remaining <= 0) return remaining !== null;
  throw new BadLine('it has a number of remaining uses, which cannot be kept');
}
