import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';

/** Throws `VALIDATION_FAILED` for an end that has come already. */
export function requireFuture(expiresAt: Date | null | undefined, now: number): void {
  if (!expiresAt || expiresAt.getTime() > now) return;
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path: 'expiresAt', message: 'must be in the future' }],
  });
}

/** Throws `KEY_ENDED` for a key that was revoked or has expired. */
export function requireUnended({ revokedAt, expiresAt }: ApiKey, now: number): void {
  if (revokedAt !== null || hasExpired(expiresAt, now)) throw new AuthError('KEY_ENDED');
}

/** For a personal key that has expired: revoked at its end, so that another expiry does not bring it back. */
export function keptEnded({ kind, revokedAt, expiresAt }: ApiKey, now: number): Partial<ApiKey> | undefined {
  const isOver = kind === 'personal' && revokedAt === null && hasExpired(expiresAt, now);
  return isOver ? { revokedAt: expiresAt, revokeReason: 'expired' } : undefined;
}

/** When a key ends that is to go on for `seconds` at most. */
export function endAfter(seconds: number, { expiresAt }: ApiKey, now: number): Date {
  return new Date(Math.min(expiresAt?.getTime() ?? Infinity, now + seconds * 1000));
}

function hasExpired(expiresAt: Date | null, now: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now;
}
