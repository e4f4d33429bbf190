import type { INestApplicationContext } from '@nestjs/common';
import { validate } from 'uuid';
import { ServiceKeysService } from '../../api-keys/service-keys.service.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';
import { escapeControls } from '../../server/logs/escape-controls.js';

const maxListed = 20;

/**
 * Returns the id of the one key with this id, display prefix or name; throws `NOT_FOUND` for none or several. A revoked key
 * counts only if no other has the name, as a rotated key and its successor share it. The error never repeats the
 * reference, which may be a whole key.
 */
export async function findKey(services: INestApplicationContext, reference: string): Promise<string> {
  const keys = services.get(ServiceKeysService, { strict: false });
  if (validate(reference)) return (await keys.find(null, reference)).stored.id;
  const found = await matching(keys, reference);
  const notRevoked = found.filter(({ revokedAt }) => revokedAt === null);
  const candidates = notRevoked.length > 0 ? notRevoked : found;
  const [key, ...others] = candidates;
  if (key === undefined) throw new AuthError('NOT_FOUND', { message: 'No key has that id, prefix or name.' });
  if (others.length > 0) throw new AuthError('NOT_FOUND', { message: ambiguous(candidates) });
  return key.id;
}

async function matching(keys: ServiceKeysService, text: string): Promise<ApiKey[]> {
  const page = { limit: 1_000 };
  const byPrefix = await keys.list(null, { prefix: text }, page);
  const byName = await keys.list(null, { name: text }, page);
  const all = [...byPrefix.keys, ...byName.keys];
  return [...new Map(all.map((key) => [key.id, key])).values()];
}

function ambiguous(keys: readonly ApiKey[]): string {
  const lines = keys
    .slice(0, maxListed)
    .map(({ id, prefix, name }) => `  ${id}  ${prefix}  ${escapeControls(name)}`);
  const more = keys.length > maxListed ? ['  …'] : [];
  return ['Several keys match. Name one by its id:', ...lines, ...more].join('\n');
}
