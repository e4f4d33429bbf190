import { BadLine } from '../bad-line.js';
import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import type { SourceRow } from '../source-row.js';
import { rateLimitOf } from './rate-limit-of.js';

/** A key of Unkey: of its table `keys`, or in the shape of its API. */
export function readUnkey(row: SourceRow): ImportedKey {
  const limit = row.inside('ratelimit');
  const credits = row.inside('credits');
  // One without uses left would come to life again.
  const isUsedUp = row.number('remaining', 'remaining_requests') === 0 || credits.number('remaining') === 0;
  return {
    ...nothingKnown,
    hash: readHash(hashIn(row)),
    id: row.text('keyId', 'id'),
    owner: row.inside('identity').text('externalId') ?? row.text('externalId', 'ownerId'),
    prefix: row.text('start', 'prefix'),
    name: row.text('name'),
    enabled: row.flag('enabled', true) && !isUsedUp,
    rateLimit: rateLimitOf(
      limit.number('limit', 'refillRate') ?? row.number('ratelimit_limit'),
      limit.number('duration', 'refillInterval') ?? row.number('ratelimit_duration'),
    ),
    createdAt: row.time('createdAt', 'created_at_m'),
    lastUsedAt: row.time('lastUsedAt', 'last_used_at'),
    expiresAt: row.time('expires', 'expiresAt'),
    revokedAt: row.time('deletedAt', 'deleted_at_m'),
  };
}

/** The text itself, or `{ value, variant }` as its API for moving keys has it. */
function hashIn(row: SourceRow): string {
  if (typeof row.value('hash') !== 'object' || row.value('hash') === null) return row.required('hash');
  const hash = row.inside('hash');
  if (hash.text('variant') !== 'sha256_base64')
    throw new BadLine('the hash is of another kind than sha256_base64');
  return hash.required('value');
}
