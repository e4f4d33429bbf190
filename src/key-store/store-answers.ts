import { z } from 'zod';
import type { ApiKey } from './api-key.entity.js';
import { readApiKey } from './api-key.row.js';
import { isFound, type KeyFilter, type KeyPage, statusOfKey } from './api-key.store.js';
import type { IdempotentRequest } from './idempotent-request.js';
import { isInPeriods } from './key-notices.js';

/** Reads one key, or none, that a custom store returns. This and the others throw an `Error` for any other answer. */
export function one(what: string, isAskedFor: (key: ApiKey) => boolean): (answer: unknown) => ApiKey | null {
  return (answer) => {
    if (answer === null || answer === undefined) return null;
    const key = readApiKey(answer);
    if (!isAskedFor(key)) throw new Error(`It returned a key of another ${what} than requested.`);
    return key;
  };
}

/** The key with this id, or none. */
export function keyWith(id: string): (answer: unknown) => ApiKey | null {
  return one('id', (key) => key.id === id);
}

/** The active personal key of the user, or none. */
export function activePersonal(userId: string): (answer: unknown) => ApiKey | null {
  return one(
    'user, or one that is no active personal key,',
    (key) => key.kind === 'personal' && key.userId === userId && key.revokedAt === null,
  );
}

/** Whether it is an access key of the user that is neither revoked nor expired at the time `now`. */
export function isAccessKeyOf(userId: string, now: number): (key: ApiKey) => boolean {
  return ({ kind, revokedAt, expiresAt, ...key }) =>
    kind === 'access' &&
    key.userId === userId &&
    revokedAt === null &&
    (expiresAt === null || expiresAt.getTime() > now);
}

/** At most `limit` keys. */
export function many(limit: number, isAskedFor: (key: ApiKey) => boolean): (answer: unknown) => ApiKey[] {
  return (answer) => {
    if (!Array.isArray(answer)) throw new Error('It did not return a list.');
    if (answer.length > limit) throw new Error('It returned more keys than requested.');
    const keys = answer.map(readApiKey);
    if (!keys.every(isAskedFor)) throw new Error('It returned a key that does not belong to the list.');
    return keys;
  };
}

/** A page of the keys that match the filter, in order. */
export function pageOf(filter: KeyFilter, { limit, after }: KeyPage): (answer: unknown) => ApiKey[] {
  const readMany = many(limit, matches(filter));
  return (answer) => {
    const keys = readMany(answer);
    const ids = [...(after === undefined ? [] : [after]), ...keys.map(({ id }) => id)];
    if (ids.every((id, index) => index === 0 || id < (ids[index - 1] ?? ''))) return keys;
    throw new Error('It returned keys out of order; they must be sorted by id, newest first.');
  };
}

function matches({
  status,
  search,
  expiresBefore,
  unusedSince,
  ...equal
}: KeyFilter): (key: ApiKey) => boolean {
  const wanted = Object.entries(equal).filter(([, value]) => value !== undefined);
  return (key) =>
    wanted.every(([name, value]) => key[name as keyof ApiKey] === value) &&
    (search === undefined || isFound(key, search)) &&
    isInPeriods(key, { expiresBefore, unusedSince }) &&
    (status === undefined || statusOfKey(key, status.now) === status.is);
}

export function isExpiredAt(now: number): (key: ApiKey) => boolean {
  return ({ expiresAt, expiryNotedAt }) =>
    expiresAt !== null && expiresAt.getTime() <= now && expiryNotedAt === null;
}

export function isExpiringAt(now: number): (key: ApiKey) => boolean {
  return ({ expiringAt }) => expiringAt !== null && expiringAt.getTime() <= now;
}

export function readCount(answer: unknown): number {
  if (Number.isSafeInteger(answer) && Number(answer) >= 0) return Number(answer);
  throw new Error('It did not return a number of keys.');
}

const storedRequest = z.object({
  id: z.string(),
  ownerId: z.string(),
  request: z.string(),
  keyId: z.string(),
  replacedId: z.string().nullable(),
  createdAt: z.date(),
}) satisfies z.ZodType<IdempotentRequest>;

/** The request with this id, or none. */
export function requestWith(wanted: string): (answer: unknown) => IdempotentRequest | null {
  return (answer) => {
    if (answer === null || answer === undefined) return null;
    const { data } = storedRequest.safeParse(answer);
    if (data?.id !== wanted) throw new Error('It did not return the request with this id.');
    return data;
  };
}
