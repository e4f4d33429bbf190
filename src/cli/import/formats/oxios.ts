import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import type { SourceRow } from '../source-row.js';

/** An entry of Oxios's `keys`. */
export function readOxios(row: SourceRow): ImportedKey {
  return {
    ...nothingKnown,
    hash: readHash(row.required('hash_hex')),
    name: row.text('name'),
    createdAt: row.time('created_at'),
    lastUsedAt: row.time('last_used'),
  };
}
