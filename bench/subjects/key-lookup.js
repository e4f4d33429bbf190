import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';

export const key = `mk_live_${randomBytes(32).toString('hex')}`;

/** What stands for the database; it is asked once. */
const rows = new Map([[sha256(key), { id: '1', ownerId: 'ada', revoked: false, expiresAt: null }]]);
const cache = new LRUCache({ max: 100_000, ttl: 300_000 });

/** The caller of a key, or `undefined`, as teams write it: the key is hashed, its row cached, the state checked. */
export async function callerOf(key) {
  const keyHash = sha256(key);
  const row = cache.get(keyHash) ?? (await readRow(keyHash));
  if (row === undefined || row.revoked) return undefined;
  if (row.expiresAt !== null && row.expiresAt <= Date.now()) return undefined;
  return { keyId: row.id, ownerId: row.ownerId };
}

async function readRow(keyHash) {
  const row = rows.get(keyHash);
  if (row !== undefined) cache.set(keyHash, row);
  return row;
}

function sha256(text) {
  return hash('sha256', text);
}
