import { hasNoUsesLeft, type ImportedKey, noDetails, rateLimitOf, readHash } from './imported-key.js';
import { readHashLines, readJson, readRows } from './read-rows.js';
import { BadLine, type SourceRow } from './source-row.js';
import { readUnkey } from './unkey.js';

/** How the file of one system is read. */
export interface Format {
  readRows(text: string): Iterable<SourceRow>;
  /** Throws `BadLine`. */
  readKey(row: SourceRow): ImportedKey;
}

const tables = ['keys', 'data', 'rows'];

/** The formats that keys can be imported from. All store plain SHA-256, so imported keys keep working. */
export const formats = {
  makima: { readRows: (text) => readRows(text, ['api_keys', ...tables]), readKey: readMakima },
  oxios: { readRows: (text) => readJson(text, ['keys']), readKey: readOxios },
  unkey: { readRows: (text) => readRows(text, tables), readKey: readUnkey },
  'better-auth': {
    readRows: (text) => readRows(text, ['apikey', 'apiKeys', ...tables]),
    readKey: readBetterAuth,
  },
  hashes: { readRows: readHashLines, readKey: readHashList },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const formatNames = Object.keys(formats) as FormatName[];

/** A row of Makima's table `api_keys`. */
function readMakima(row: SourceRow): ImportedKey {
  return {
    ...noDetails,
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

/** An entry of Oxios's `keys`. */
function readOxios(row: SourceRow): ImportedKey {
  return {
    ...noDetails,
    hash: readHash(row.required('hash_hex')),
    name: row.text('name'),
    createdAt: row.time('created_at'),
    lastUsedAt: row.time('last_used'),
  };
}

/** A row of better-auth's table `apikey`. */
function readBetterAuth(row: SourceRow): ImportedKey {
  const key = row.required('key');
  const start = row.text('start');
  // With `disableKeyHashing` better-auth stores the keys themselves, and each begins with its own start.
  if (start !== null && start.length >= 4 && key.startsWith(start))
    throw new BadLine(
      'the column key seems to hold the key in plain text (disableKeyHashing); hash it first',
    );
  const limit = rateLimitOf(row.number('rateLimitMax'), row.number('rateLimitTimeWindow'));
  return {
    ...noDetails,
    hash: readHash(key),
    id: row.text('id'),
    owner: row.text('userId', 'referenceId'),
    prefix: start ?? row.text('prefix'),
    name: row.text('name'),
    // Otherwise a key without uses left would work again.
    enabled: row.flag('enabled', true) && !hasNoUsesLeft(row.number('remaining')),
    rateLimit: row.flag('rateLimitEnabled', true) ? limit : null,
    createdAt: row.time('createdAt'),
    lastUsedAt: row.time('lastRequest'),
    expiresAt: row.time('expiresAt'),
  };
}

function readHashList(row: SourceRow): ImportedKey {
  return { ...noDetails, hash: readHash(row.required('hash')), name: row.text('name') };
}
