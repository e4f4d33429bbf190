import type { RateLimit } from '../../principal/grants.js';
import { hasNoUsesLeft, type ImportedKey, noDetails, rateLimitOf, readHash } from './imported-key.js';
import { readHashLines, readJson, readRows } from './read-rows.js';
import { BadLine, SourceRow } from './source-row.js';

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

/** A key of Unkey: a row of its table `keys`, or an object of its API. */
function readUnkey(row: SourceRow): ImportedKey {
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

function readHashList(row: SourceRow): ImportedKey {
  return { ...noDetails, hash: readHash(row.required('hash')), name: row.text('name') };
}
