import type { RateLimit } from '../../principal/grants.js';
import { hasNoUsesLeft, type ImportedKey, noDetails, rateLimitOf, readHash } from './imported-key.js';
import { BadLine, SourceRow } from './source-row.js';

/** A key of Unkey: a row of its table `keys`, or an object of its API. */
export function readUnkey(row: SourceRow): ImportedKey {
  const identity = row.inside('identity');
  const remaining = [
    row.number('remaining', 'remaining_requests'),
    row.inside('credits').number('remaining'),
  ];
  return {
    ...noDetails,
    hash: readHash(hashIn(row)),
    id: row.text('keyId', 'id'),
    owner: identity.text('externalId') ?? row.text('externalId', 'ownerId'),
    prefix: row.text('start', 'prefix'),
    name: row.text('name'),
    // Otherwise a key without uses left would work again.
    enabled: row.flag('enabled', true) && !remaining.map(hasNoUsesLeft).includes(true),
    rateLimit: limitOf(row),
    createdAt: row.time('createdAt', 'created_at_m'),
    lastUsedAt: row.time('lastUsedAt', 'last_used_at'),
    expiresAt: row.time('expires', 'expiresAt'),
    revokedAt: row.time('deletedAt', 'deleted_at_m'),
  };
}

/** The one limit, in any of its notations. A key here has at most one, so several cannot be kept. */
function limitOf(row: SourceRow): RateLimit | null {
  // Only says how exactly Unkey counted.
  row.value('ratelimit_async');
  const older = row.inside('ratelimit');
  const limits = [
    rateLimitOf(older.number('limit', 'refillRate'), older.number('duration', 'refillInterval')),
    rateLimitOf(row.number('ratelimit_limit'), row.number('ratelimit_duration')),
    ...listIn(row, 'ratelimits').map((one) => rateLimitOf(one.number('limit'), one.number('duration'))),
  ].filter((limit) => limit !== null);
  if (limits.length > 1) throw new BadLine('it has several rate limits, and only one can be kept');
  return limits[0] ?? null;
}

function listIn(row: SourceRow, name: string): SourceRow[] {
  const value = row.value(name);
  const list: unknown = value === null || value === '[]' ? [] : value;
  if (!Array.isArray(list)) throw new BadLine(`${name} is not a list`);
  return list.map((one: unknown) => {
    if (typeof one !== 'object' || one === null) throw new BadLine(`${name} is not a list of objects`);
    return new SourceRow(row.place, one as Record<string, unknown>);
  });
}

/** A text, or `{ value, variant }` as in its API for migrations. */
function hashIn(row: SourceRow): string {
  if (typeof row.value('hash') !== 'object' || row.value('hash') === null) return row.required('hash');
  const hash = row.inside('hash');
  if (hash.text('variant') !== 'sha256_base64')
    throw new BadLine('the hash is of a kind other than sha256_base64');
  return hash.required('value');
}
