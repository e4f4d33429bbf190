import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { AuditTrail } from '../audit/audit-trail.js';
import type { Database } from '../database/database.js';
import type { ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { KeyTouches } from './key-touches.js';

const keyOf = (id: string) => ({ type: 'api_key', id, ownerId: 'o', userId: null }) as const;
const origin = { ip: '192.0.2.1', userAgent: 'test', requestId: 'r' };

/** Ids of the touched keys, and the owners whose trail has an event, of each change. */
let changes: { keys: string[]; owners: string[] }[];
const change = jest.fn<(work: (keys: ApiKeyChanges) => Promise<void>) => Promise<void>>();
const touched = () => changes.map(({ keys }) => keys);
let touches: KeyTouches;

const touch = (keyId: string, from = () => origin, ownerId = 'o') =>
  touches.touch({ source: { type: 'api_key', keyId }, ownerId } as AuthenticatedUser, keyOf(keyId), from);

beforeEach(() => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  changes = [];
  change.mockReset().mockImplementation(async (work) => {
    const done: (typeof changes)[number] = { keys: [], owners: [] };
    await work({
      touch: async (id: string) => void done.keys.push(id),
      record: async (_actor: unknown, { ownerId }: { ownerId: string }) => void done.owners.push(ownerId),
    } as unknown as ApiKeyChanges);
    changes.push(done);
  });
  const store = { change } as unknown as ApiKeyStore;
  touches = new KeyTouches({} as Database, store, {} as AuditTrail, new Clock());
});

afterEach(() => {
  jest.useRealTimers();
});

async function pass(milliseconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(milliseconds);
  await new Promise((resolve) => setImmediate(resolve));
}

it('writes the first use of a key a second later, and the next one a minute after', async () => {
  const from = jest.fn(() => origin);
  touch('b', from);
  touch('a', from);
  touch('b', from);
  await pass(999);
  expect(change).not.toHaveBeenCalled();
  await pass(1);
  expect(touched()).toEqual([['a', 'b']]);
  expect(from).toHaveBeenCalledTimes(2);
  await pass(58_999);
  touch('a');
  await pass(1_000);
  expect(touched()).toHaveLength(1);
  touch('a');
  await pass(1_000);
  expect(touched()).toEqual([['a', 'b'], ['a']]);
});

it('writes the first use for each owner that a key acts for', async () => {
  touch('a');
  touch('a', undefined, 'another');
  touch('a', undefined, 'another');
  await pass(1_000);
  expect(changes.map(({ owners }) => owners)).toEqual([['o', 'another']]);
});

it('keeps touches that cannot be written, and retries once a minute', async () => {
  change.mockRejectedValueOnce(new Error('out of order'));
  touch('a');
  await pass(1_000);
  touch('b');
  await pass(59_999);
  expect(change).toHaveBeenCalledTimes(1);
  await pass(1);
  expect(touched()).toEqual([['a', 'b']]);
});

it('loses no touch that arrives during a write', async () => {
  change.mockImplementationOnce(async () => touch('b'));
  touch('a');
  await pass(1_000);
  await pass(1_000);
  expect(touched()).toEqual([['b']]);
});
