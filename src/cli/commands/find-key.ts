import { validate } from 'uuid';
import type { KeyQueries } from '../../api-keys/key-queries.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { firstOf } from './terminal.js';

/** A key as `KeyQueries` lists it. */
export type ListedKey = Awaited<ReturnType<KeyQueries['list']>>['keys'][number];

/**
 * Returns the id of the one key with this id, display prefix or name; throws `NOT_FOUND` for none or several. A revoked key
 * counts only if no other has the name, as a rotated key and its successor share it. The error never repeats the
 * reference, which may be a whole key.
 */
export async function findKey(keys: KeyQueries, reference: string): Promise<string> {
  if (validate(reference)) return (await keys.find(null, reference)).id;
  const found = await matching(keys, reference);
  const notRevoked = found.filter(({ revokedAt }) => revokedAt === null);
  const candidates = notRevoked.length > 0 ? notRevoked : found;
  const [key, ...others] = candidates;
  if (key === undefined) throw new AuthError('NOT_FOUND', { message: 'No key has that id, prefix or name.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(candidates) });
  return key.id;
}

async function matching(keys: KeyQueries, text: string): Promise<ListedKey[]> {
  const limit = 1_000;
  const byPrefix = await keys.list(null, { prefix: text, limit });
  const byName = await keys.list(null, { name: text, limit });
  const all = [...byPrefix.keys, ...byName.keys];
  return [...new Map(all.map((key) => [key.id, key])).values()];
}

function ambiguous(keys: readonly ListedKey[]): string {
  const lines = keys.map(({ id, prefix, name }) => `  ${id}  ${prefix}  ${escapeControls(name)}`);
  return ['Several keys match. Name one by its id:', ...firstOf(lines)].join('\n');
}
