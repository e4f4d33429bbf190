import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { ConnectedDatabase } from '../src/database/connected-database.js';
import { isUniqueViolation } from '../src/database/unique-violation.js';
import { insertAll } from '../src/database/insert-all.js';
import { Owner } from '../src/identity/owner.entity.js';
import { ApiKey, newApiKey } from '../src/key-store/api-key.entity.js';
import { anOwner, open, ownerIds } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

let scratch: ScratchDatabase;
let database: ConnectedDatabase;

beforeEach(async () => {
  scratch = await createScratchDatabase();
  database = await open(scratch.url);
});

afterEach(async () => {
  await database.close();
  await scratch.drop();
});

/** More than two statements hold, on either database. */
const many = 6_000;
const ids = Array.from({ length: many }, (_, n) => `owner-${String(n).padStart(4, '0')}`);

const aKey = (name: string, settings: Partial<ApiKey>) =>
  newApiKey(
    { hash: name.repeat(8), prefix: name },
    { kind: 'service', ownerId: 'owner', userId: null, environment: 'live', name, ...settings },
    Date.now(),
  );

it('stores every value unchanged, and absent ones as null', async () => {
  const keys = [
    aKey('plain', {}),
    aKey('null', { name: '{"a":"b\\c"}, \'NULL\' \\N "ünï😀" \t\n $1 ?', role: 'admin' }),
    aKey('full', {
      enabled: false,
      scopes: ['files:read'],
      rateLimit: { limit: 5, windowSeconds: 60 },
      metadata: { quote: '"\\"', empty: null, list: [1, 'zwei'] },
      expiresAt: new Date(1),
      lastUsedAt: new Date('9999-12-31T23:59:59.999Z'),
      lastUsedUserAgent: '',
    }),
  ];
  await database.write((manager) => insertAll(manager, ApiKey, keys));
  const stored = await database.read((manager) => manager.find(ApiKey, { order: { id: 'ASC' } }));
  expect(stored.map((key) => ({ ...key }))).toEqual(keys);
});

it('takes rows from a generator, none of them, or as many as there are', async () => {
  const owners = function* () {
    for (const id of ids) yield anOwner(id);
  };
  await database.write(async (manager) => {
    await insertAll(manager, Owner, []);
    await insertAll(manager, Owner, owners());
  });
  expect(await ownerIds(database)).toEqual(ids);
});

it('rejects with the error of the database, and the transaction stores nothing', async () => {
  const owners = [...ids, ids[0] ?? ''].map(anOwner);
  const outcome = database.write((manager) => insertAll(manager, Owner, owners));
  const error: unknown = await outcome.catch((reason: unknown) => reason);
  expect(isUniqueViolation(error, 'pk_owners')).toBe(true);
  expect(await ownerIds(database)).toEqual([]);
  await database.write((manager) => insertAll(manager, Owner, [anOwner('after')]));
  expect(await ownerIds(database)).toEqual(['after']);
});

it('rejects when the first statement fails while the next is being prepared', async () => {
  const owners = ['twice', 'twice', ...ids].map(anOwner);
  await expect(database.write((manager) => insertAll(manager, Owner, owners))).rejects.toThrow(/unique/i);
  expect(await ownerIds(database)).toEqual([]);
});

it('rejects with the error of the generator', async () => {
  const owners = function* () {
    for (const id of ids) yield anOwner(id);
    throw new Error('no more');
  };
  await expect(database.write((manager) => insertAll(manager, Owner, owners()))).rejects.toThrow('no more');
  expect(await ownerIds(database)).toEqual([]);
});

it('fails in a savepoint without a trace, and the transaction goes on', async () => {
  await database.write(async (manager) => {
    await insertAll(manager, Owner, [anOwner('before')]);
    const owners = [...ids, 'before'].map(anOwner);
    const outcome = manager.transaction((inner) => insertAll(inner, Owner, owners));
    await expect(outcome).rejects.toThrow(/unique/i);
    await insertAll(manager, Owner, [anOwner('later')]);
  });
  expect(await ownerIds(database)).toEqual(['before', 'later']);
});
