import { dayMs } from '../support/clock.js';
import type { ApiKey } from './api-key.entity.js';
import type { KeyFilter } from './api-key.store.js';

/** How many days before a key expires its `expiring` events are due, the earliest first. */
const expiringDays = [14, 7, 1];

/** When the next `expiring` event is due: the first that is after the time `now`; `null` without one. */
export function nextExpiring(expiresAt: Date | null, now: number): Date | null {
  if (expiresAt === null) return null;
  const next = expiringDays.map((days) => expiresAt.getTime() - days * dayMs).find((due) => due > now);
  return next === undefined ? null : new Date(next);
}

/** The days until a time, in whole days: 1 for the last 24 hours. */
export function daysUntil(time: Date, now: number): number {
  return Math.ceil((time.getTime() - now) / dayMs);
}

/** True for a key within the time of its `expiring` events. */
export function isExpiring({ expiresAt }: ApiKey, now: number): boolean {
  if (expiresAt === null || expiresAt.getTime() <= now) return false;
  return daysUntil(expiresAt, now) <= Math.max(...expiringDays);
}

/** The settings of a change, and what they mean for later events: a new expiry has its own, and an enabled key its time. */
export function withNotices(settings: Partial<ApiKey>, now: number): Partial<ApiKey> {
  const { expiresAt, enabled } = settings;
  return {
    ...(expiresAt !== undefined && { expiringAt: nextExpiring(expiresAt, now) }),
    ...(enabled !== undefined && { unusedNotedAt: null }),
    ...(enabled === true && { idleSince: new Date(now) }),
    ...settings,
  };
}

const hourMs = 3_600_000;

/** The hour of a use: `idleSince` has an index, which is to change once an hour at most. */
export function hourOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / hourMs) * hourMs);
}

/** True for an enabled key that has been unused since `before`, and for which that is not yet noted. */
export function isUnused(key: ApiKey, before: number): boolean {
  const { revokedAt, enabled, unusedNotedAt } = key;
  return revokedAt === null && enabled && unusedNotedAt === null && isIdle(key, before);
}

/** True for a key that ends before, and was not used since, the times that the filter names. */
export function isInPeriods(
  key: ApiKey,
  { expiresBefore, unusedSince }: Pick<KeyFilter, 'expiresBefore' | 'unusedSince'>,
): boolean {
  const ends = key.expiresAt?.getTime() ?? Infinity;
  if (expiresBefore !== undefined && ends >= expiresBefore) return false;
  return unusedSince === undefined || isIdle(key, unusedSince);
}

/** True for a key that was neither used, created nor enabled after `since`. */
function isIdle({ lastUsedAt, idleSince }: ApiKey, since: number): boolean {
  return idleSince.getTime() <= since && (lastUsedAt === null || lastUsedAt.getTime() <= since);
}
