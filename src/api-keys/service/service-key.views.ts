import { pageOf } from '../../http/paging.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { lineageOf } from '../../key-store/api-key.state.js';
import { statusOfKey } from '../../key-store/api-key.store.js';
import type { KeyList, NewKey } from './service-keys.service.js';

/** A key as it is shown at the time `now`: all but its hash. */
export function toApiKey(key: ApiKey, now: number) {
  const { hash: _hash, userId: _userId, expiryNotedAt: _noted, ...shown } = key;
  return { ...shown, lineageId: lineageOf(key), status: statusOfKey(key, now) };
}

export function toDetails(stored: ApiKey, previous: ApiKey | null, now: number) {
  return { ...toApiKey(stored, now), previous: previous === null ? null : toPrevious(previous, now) };
}

export function toNewApiKey({ stored, key, previous }: NewKey, now: number) {
  return { ...toDetails(stored, previous, now), key };
}

export function toApiKeys({ keys, hasMore }: KeyList, list: string, now: number) {
  const { rows, nextCursor } = pageOf(
    keys.map((key) => toApiKey(key, now)),
    hasMore,
    list,
  );
  return { keys: rows, nextCursor };
}

function toPrevious(key: ApiKey, now: number) {
  const { id, prefix, lastUsedAt, expiresAt } = key;
  return { id, prefix, status: statusOfKey(key, now), lastUsedAt, expiresAt };
}
