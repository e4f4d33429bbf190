import type { RateLimit } from '../../../principal/grants.js';
import { BadLine } from '../bad-line.js';
import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import { SourceRow } from '../source-row.js';
import { isUsedUp, rateLimitOf } from './rate-limit-of.js';

/** A key of Unkey: of its table `keys`, or in the shape of its API. */
export function readUnkey(row: SourceRow): ImportedKey {
  const identity = row.inside('identity');
  const remaining = [
    row.number('remaining', 'remaining_requests'),
    row.inside('credits').number('remaining'),
  ];
  return {
    ...nothingKnown,
    hash: readHash(hashIn(row)),
    id: row.text('keyId', 'id'),
    owner: identity.text('externalId') ?? row.text('externalId', 'ownerId'),
    prefix: row.text('start', 'prefix'),
    name: row.text('name'),
    // One without uses left would come to life again.
    enabled: row.flag('enabled', true) && !remaining.map(isUsedUp).includes(true),
    rateLimit: limitOf(row),
    createdAt: row.time('createdAt', 'created_at_m'),
    lastUsedAt: row.time('lastUsedAt', 'last_used_at'),
    expiresAt: row.time('expires', 'expiresAt'),
    revokedAt: row.time('deletedAt', 'deleted_at_m'),
  };
}

/** The one limit, whichever way it is written. Here a key has no more than one, so of several each would be lost. */
function limitOf(row: SourceRow): RateLimit | null {
  // How exactly it was counted there.
  row.value('ratelimit_async');
  const older = row.inside('ratelimit');
  const limits = [
    rateLimitOf(older.number('limit', 'refillRate'), older.number('duration', 'refillInterval')),
    rateLimitOf(row.number('ratelimit_limit'), row.number('ratelimit_duration')),
    ...listIn(row, 'ratelimits').map((one) => rateLimitOf(one.number('limit'), one.number('duration'))),
  ].filter((limit) => limit !== null);
  if (limits.length > 1) throw new BadLine('it has several rate limits, and can keep only one');
  return limits[0] ?? null;
}

function listIn(row: SourceRow, name: string): SourceRow[] {
  const value = row.value(name);
  const list: unknown = value === null || value === '[]' ? [] : value;
  if (!Array.isArray(list)) throw new BadLine(`${name} is no list`);
  return list.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw new BadLine(`${name} is no list of objects`);
    return new SourceRow(row.place, one as Record<string, unknown>);
  });
}

/** The text itself, or `{ value, variant }` as its API for moving keys has it. */
function hashIn(row: SourceRow): string {
  if (typeof row.value('hash') !== 'object' || row.value('hash') === null) return row.required('hash');
  const hash = row.inside('hash');
  if (hash.text('variant') !== 'sha256_base64')
    throw new BadLine('the hash is of another kind than sha256_base64');
  return hash.required('value');
}
