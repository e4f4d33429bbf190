import { BadLine } from '../bad-line.js';
import { type ImportedKey, nothingKnown } from '../imported-key.js';
import { readHash } from '../read-hash.js';
import type { SourceRow } from '../source-row.js';
import { isUsedUp, rateLimitOf } from './rate-limit-of.js';

/** A row of better-auth's table `apikey`. */
export function readBetterAuth(row: SourceRow): ImportedKey {
  const key = row.required('key');
  const start = row.text('start');
  // With `disableKeyHashing` better-auth keeps the keys themselves, and each begins with its own start.
  if (start !== null && start.length >= 4 && key.startsWith(start))
    throw new BadLine(
      'the column key seems to hold the key in plain text (disableKeyHashing); hash it first',
    );
  const limit = rateLimitOf(row.number('rateLimitMax'), row.number('rateLimitTimeWindow'));
  return {
    ...nothingKnown,
    hash: readHash(key),
    id: row.text('id'),
    owner: row.text('userId', 'referenceId'),
    prefix: start ?? row.text('prefix'),
    name: row.text('name'),
    // One without uses left would come to life again.
    enabled: row.flag('enabled', true) && !isUsedUp(row.number('remaining')),
    rateLimit: row.flag('rateLimitEnabled', true) ? limit : null,
    createdAt: row.time('createdAt'),
    lastUsedAt: row.time('lastRequest'),
    expiresAt: row.time('expiresAt'),
  };
}
