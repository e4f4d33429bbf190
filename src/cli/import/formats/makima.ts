import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import type { SourceRow } from '../source-row.js';

/** A row of Makima's table `api_keys`. */
export function readMakima(row: SourceRow): ImportedKey {
  return {
    ...nothingKnown,
    hash: readHash(row.required('key_hash')),
    id: row.text('id'),
    owner: row.required('user_id'),
    prefix: row.text('key_prefix'),
    name: row.text('name'),
    lastUsedAt: row.time('last_used_at'),
    createdAt: row.time('created_at'),
    revokedAt: row.time('revoked_at'),
  };
}
