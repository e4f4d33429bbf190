import type { RateLimit } from '../../../principal/grants.js';
import { BadLine } from '../bad-line.js';

/**
 * A limit whose window is told in milliseconds; `null` when there is neither. A window is rounded up to whole seconds,
 * which never lets more through. Throws `BadLine` for one that cannot be kept: without it the key would be stronger.
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

/** For a key that may be used so many times more: without uses left it is imported disabled. Throws `BadLine` for any other. */
export function isUsedUp(remaining: number | null): boolean {
  if (remaining === null || remaining <= 0) return remaining !== null;
  throw new BadLine('it may be used only so many times more, which cannot be kept');
}
