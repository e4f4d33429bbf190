import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { type ApiKey, newApiKey } from './api-key.entity.js';
import type { ApiKeyChanges, ApiKeyStore } from './api-key.store.js';
import { checkedStore } from './checked-api-key.store.js';
import type { IdempotentRequest } from './idempotent-request.js';
import { hashOfKey, KeyMint } from './key-mint.js';
import { MemoryApiKeyStore } from './memory-api-key.store.js';

const now = Date.now();

class LyingStore extends MemoryApiKeyStore {
  #secret = 1;
  answer: unknown;
  lookups = 0;

  count3(): number {
    return this.#secret + 2;
  }

  override async findByHash(): Promise<ApiKey | null> {
    this.lookups += 1;
    return this.answer as ApiKey;
  }
  override async find(): Promise<ApiKey | null> {
    return this.answer as ApiKey;
  }
  override async findActivePersonal(): Promise<ApiKey | null> {
    return this.answer as ApiKey;
  }
  override async list(): Promise<ApiKey[]> {
    return this.answer as ApiKey[];
  }
  override async count(): Promise<number> {
    return this.answer as number;
  }
  override async findExpired(): Promise<ApiKey[]> {
    return this.answer as ApiKey[];
  }
  override change<T>(work: (changes: ApiKeyChanges) => Promise<T>): Promise<T> {
    const { find, findActivePersonal } = this;
    const liar = {
      find: find.bind(this),
      findActivePersonal: findActivePersonal.bind(this),
      findNewestPersonal: findActivePersonal.bind(this),
    };
    return work(liar as unknown as ApiKeyChanges);
  }
}

const keyOf = (settings: Partial<ApiKey> = {}) =>
  newApiKey(
    new KeyMint().mintApiKey('live'),
    { kind: 'service', ownerId: 'acme', userId: null, name: 'x', environment: 'live', ...settings },
    now,
  );
const without = (field: keyof ApiKey) => ({ ...keyOf(), [field]: undefined });

let own: LyingStore;
let store: ApiKeyStore;
let logged: string[];

beforeEach(() => {
  own = new LyingStore();
  store = checkedStore(own, new Clock());
  logged = [];
  jest.spyOn(Logger.prototype, 'error').mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => void jest.restoreAllMocks());

const fault = { code: 'DB_UNAVAILABLE', message: 'The database is unavailable.' };
const expectFault = async (asked: () => Promise<unknown>, answer: unknown) => {
  own.answer = answer;
  await expect(asked()).rejects.toMatchObject(fault);
};

describe('a store of the application', () => {
  it('keeps its class, and returns only the fields of a key', async () => {
    expect(store).toBeInstanceOf(LyingStore);
    expect((store as LyingStore).count3()).toBe(3);
    const key = keyOf();
    own.answer = { ...key, note: 'of the store' };
    expect(await store.findByHash(key.hash)).toEqual(key);
    expect((store as LyingStore).lookups).toBe(1);
    own.answer = undefined;
    expect(await store.findByHash(key.hash)).toBeNull();
  });

  it('that finds another key than the one asked for is at fault, and named in the log', async () => {
    await expectFault(() => store.findByHash(hashOfKey('mine')), keyOf());
    await expectFault(() => store.find('0197a3c2-5d1e-7b3a-9c4d-2f6e8a1b0c3d'), keyOf());
    await expectFault(() => store.findAll(['another']), keyOf());
    await expectFault(() => store.change((keys) => keys.find('another')), keyOf());
    expect(logged[0]).toBe('LyingStore.findByHash failed: It returned a key of another hash than requested.');
  });

  it.each<[string, Partial<ApiKey>]>([
    ['another user', { kind: 'personal', userId: 'eve' }],
    ['no user', { kind: 'service', userId: null }],
    ['a key that was revoked', { kind: 'personal', userId: 'ada', revokedAt: new Date(0) }],
  ])('that finds a personal key of %s is at fault', async (_whose, settings) => {
    await expectFault(() => store.findActivePersonal('ada'), keyOf(settings));
    await expectFault(() => store.change((keys) => keys.findActivePersonal('ada')), keyOf(settings));
  });

  it('that finds the newest personal key of another user is at fault', async () => {
    const ask = () => store.change((keys) => keys.findNewestPersonal('ada'));
    await expectFault(ask, keyOf({ kind: 'personal', userId: 'eve' }));
    own.answer = keyOf({ kind: 'personal', userId: 'ada', revokedAt: new Date(0) });
    expect(await ask()).toMatchObject({ userId: 'ada' });
  });

  it.each<[string, unknown]>([
    ['true', true],
    ['a text', 'key'],
    ['a list', [keyOf()]],
    ...(['enabled', 'expiresAt', 'revokedAt', 'rateLimit', 'allowedIps', 'role', 'scopes'] as const).map(
      (field): [string, unknown] => [`no ${field}`, without(field)],
    ),
    ['a text for a time', { ...keyOf(), expiresAt: '2030-01-01T00:00:00Z' }],
    ['a time that is none', keyOf({ expiresAt: new Date(Number.NaN) })],
    ['a limit of nothing', keyOf({ rateLimit: {} as never })],
    ['a limit that is infinite', keyOf({ rateLimit: { limit: Infinity, windowSeconds: 1 } })],
    ['a text for scopes', keyOf({ scopes: '*:*' as never })],
    ['a scope that is none', keyOf({ scopes: ['everything' as never] })],
    ['an unknown role', keyOf({ role: 'root' as never })],
    ['a network that is none', keyOf({ allowedIps: ['home'] })],
    ['a kind that is none', keyOf({ kind: 'other' as never })],
    ['a service key of a user', keyOf({ userId: 'ada' })],
    ['a personal key without a user', keyOf({ kind: 'personal' })],
    ['no owner', keyOf({ ownerId: '' })],
    ['1 for true', keyOf({ enabled: 1 as never })],
  ])('that answers with %s is at fault', async (_what, answer) => {
    const { hash } = answer as ApiKey;
    await expectFault(() => store.findByHash(hash), answer);
    expect(logged[0]).toContain('It did not return a valid key');
  });

  it.each<[string, unknown]>([
    ['no list', keyOf()],
    ['nothing', undefined],
    [
      'more than was asked for',
      [keyOf(), keyOf(), keyOf()].sort((one, other) => (one.id < other.id ? 1 : -1)),
    ],
    ['a key of another owner', [keyOf({ ownerId: 'eve' })]],
    ['a key of another environment', [keyOf({ environment: 'test' })]],
    ['a key of another status', [keyOf({ enabled: false })]],
    ['the oldest first', [keyOf(), keyOf()].sort((one, other) => (one.id < other.id ? -1 : 1))],
    [
      'one key twice',
      Array.from(
        { length: 2 },
        (
          (key) => () =>
            key
        )(keyOf()),
      ),
    ],
    ['a key of the page before', [keyOf({ id: 'zzz' })]],
  ])('that lists %s is at fault', async (_what, answer) => {
    const filter = { ownerId: 'acme', environment: 'live', status: { is: 'active', now } } as const;
    await expectFault(() => store.list(filter, { limit: 2, after: 'zz' }), answer);
  });

  it.each([-1, 1.5, Number.NaN, '7', null])('that counts %j keys is at fault', async (answer) => {
    await expectFault(() => store.count({}), answer);
  });

  it('that finds another request than the one asked for is at fault; without the method it supports none', async () => {
    const request = { id: 'one', ownerId: 'acme', request: 'r', keyId: 'k', replacedId: null };
    own.findRequest = async () => own.answer as IdempotentRequest;
    own.change = ((work: (changes: unknown) => unknown) => work({ findRequest: own.findRequest })) as never;
    for (const ask of [
      async () => store.findRequest?.('one'),
      () => store.change(async (keys) => keys.findRequest?.('one')),
    ]) {
      await expectFault(ask, { ...request, id: 'other', createdAt: new Date(0) });
      await expectFault(ask, request);
      own.answer = undefined;
      expect(await ask()).toBeNull();
      own.answer = { ...request, createdAt: new Date(0) };
      expect(await ask()).toEqual(own.answer);
    }
    Object.assign(own, { findRequest: undefined });
    expect(checkedStore(own, new Clock()).findRequest).toBeUndefined();
  });

  it('that finds keys as expired that are not is at fault', async () => {
    await expectFault(() => store.findExpired(now, 5), [keyOf()]);
    await expectFault(() => store.findExpired(now, 5), [keyOf({ expiresAt: new Date(now + 1) })]);
    own.answer = [keyOf({ expiresAt: new Date(now) })];
    expect(await store.findExpired(now, 5)).toHaveLength(1);
  });

  it('that throws is at fault, and its error is only in the log', async () => {
    own.findByHash = () => {
      throw new Error('vault says mk_live_4fzQ81XaPw0rT6yUiOkLmN3bVcZxSdFgHjKqWeRt9A51tY0aB');
    };
    await expectFault(() => store.findByHash('x'), null);
    expect(logged).toEqual(['LyingStore.findByHash failed: vault says mk_live_[redacted]']);
    own.find = () => Promise.reject(new AuthError('INVALID_API_KEY'));
    await expectFault(() => store.find('x'), null);
  });

  it('that resolves a change that it has not made is at fault', async () => {
    own.change = async () => 'done' as never;
    await expectFault(() => store.change(async () => 1), null);
    own.change = (async (work: () => Promise<unknown>) => work().catch(() => 'done')) as never;
    await expectFault(
      () =>
        store.change(async () => {
          throw new Error('no');
        }),
      null,
    );
  });

  it('passes on the error of the change', async () => {
    expect(await store.change(async () => 7)).toBe(7);
    const error = new Error('ours');
    await expect(store.change(() => Promise.reject(error))).rejects.toBe(error);
    const exists = new AuthError('KEY_EXISTS');
    const insert = () => Promise.reject(exists);
    own.change = ((work: (changes: unknown) => unknown) => work({ insert })) as never;
    await expect(store.change((keys) => keys.insert(keyOf()))).rejects.toBe(exists);
    expect(logged).toEqual([]);
  });
});
