import { Database } from '../../src/database/database.js';
import { ApiKey, newApiKey } from '../../src/key-store/api-key.entity.js';
import { KeyMint } from '../../src/key-store/key-mint.js';
import { platformOwnerId } from '../../src/identity/owner.entity.js';
import type { Gatehouse } from './gatehouse.js';

/** Puts a service key of the platform's owner into the database and tells the whole of it. */
export async function mintApiKey(
  { app, now }: { readonly app: Pick<Gatehouse['app'], 'get'>; readonly now: () => number },
  settings: Partial<ApiKey> = {},
): Promise<string> {
  const minted = app.get(KeyMint).mintApiKey('live');
  const service = { kind: 'service', ownerId: platformOwnerId, userId: null, environment: 'live' } as const;
  const stored = newApiKey(minted, { ...service, name: 'test', ...settings }, now());
  await app.get(Database).write((manager) => manager.insert(ApiKey, stored));
  return minted.key;
}
