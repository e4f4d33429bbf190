import { beforeEach, describe, expect, it } from '@jest/globals';
import { v7 } from 'uuid';
import { type ApiKey, newApiKey } from '../../src/key-store/api-key.entity.js';
import type { ApiKeyStore } from '../../src/key-store/api-key.store.js';
import type { IdempotentRequest } from '../../src/key-store/idempotent-request.js';
import { KeyMint } from '../../src/key-store/key-mint.js';

const mint = new KeyMint();
const actor = { user: null, origin: null };

export interface StoreUnderTest {
  readonly store: ApiKeyStore;
  /** Ids of the keys whose events are stored. */
  eventsOf(ownerId: string): Promise<string[]>;
}

/** What every `ApiKeyStore` must do. `open` is called once for all tests. */
export function describeApiKeyStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} as an ApiKeyStore`, () => {
    let store: ApiKeyStore;
    let eventsOf: StoreUnderTest['eventsOf'];
    let ownerId: string;

    beforeEach(async () => {
      ({ store, eventsOf } = await open());
      ownerId = v7();
    });

    const make = (settings: Partial<ApiKey> = {}) =>
      newApiKey(
        mint.mintApiKey('live'),
        { kind: 'service', ownerId, userId: null, name: 'key', environment: 'live', ...settings },
        Date.now(),
      );
    const put = async (settings: Partial<ApiKey> = {}) => {
      const key = make(settings);
      await store.change((keys) => keys.insert(key));
      return key;
    };
    const eventOf = ({ id }: ApiKey) =>
      ({ type: 'created', subjectType: 'api_key', subjectId: id, ownerId, userId: null }) as const;

    it('finds a key by id and by hash, as it was put', async () => {
      const key = await put({
        role: 'read_only',
        scopes: ['a:b'],
        rateLimit: { limit: 1, windowSeconds: 2 },
        allowedIps: ['::1'],
        metadata: { deep: [1, { two: null }] },
        expiresAt: new Date(1_900_000_000_123),
        createdByType: 'user',
        createdById: v7(),
      });
      expect(await store.find(key.id)).toEqual(key);
      expect(await store.findByHash(key.hash)).toEqual(key);
      expect(await store.find(v7())).toBeNull();
      expect(await store.findByHash('0'.repeat(64))).toBeNull();
    });

    it('finds the existing ones of many hashes', async () => {
      const keys = [await put(), await put()];
      const found = await store.findAllByHash([...keys.map(({ hash }) => hash), '0'.repeat(64)]);
      expect(found.map(({ id }) => id).sort()).toEqual(keys.map(({ id }) => id).sort());
      expect(await store.findAllByHash([])).toEqual([]);
    });

    it('finds the access keys of a user that have not ended, the oldest first', async () => {
      const userId = v7();
      const of = (settings: Partial<ApiKey>) => put({ kind: 'access', userId, scopes: ['a:b'], ...settings });
      const now = Date.now();
      const kept = [await of({ enabled: false }), await of({ expiresAt: new Date(now + 1) })];
      await of({ expiresAt: new Date(now) });
      await of({ revokedAt: new Date(now) });
      await of({ userId: v7() });
      await put({ kind: 'personal', userId });
      await store.change(async (keys) => {
        if (keys.findAccessKeys !== undefined) expect(await keys.findAccessKeys(userId, now)).toEqual(kept);
      });
    });

    it('returns copies of stored keys', async () => {
      const key = await put();
      const found = await store.find(key.id);
      if (found !== null) found.name = 'changed outside';
      expect((await store.find(key.id))?.name).toBe('key');
    });

    it('stores all of a change or nothing', async () => {
      const key = make();
      const failing = store.change(async (keys) => {
        await keys.insert(key);
        await keys.record(actor, eventOf(key));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await store.find(key.id)).toBeNull();
      expect(await eventsOf(ownerId)).toEqual([]);
      await store.change(async (keys) => {
        await keys.insert(key);
        await keys.record(actor, eventOf(key));
      });
      expect(await store.find(key.id)).toEqual(key);
      expect(await eventsOf(ownerId)).toEqual([key.id]);
    });

    it('hides a change until it is done, but not from the change itself', async () => {
      const key = await put();
      let outside: ApiKey | null = null;
      await store.change(async (keys) => {
        await keys.update(key.id, { name: 'new' });
        expect((await keys.find(key.id))?.name).toBe('new');
      });
      outside = await store.find(key.id);
      expect(outside?.name).toBe('new');
    });

    it('keeps one active personal key for each user, however many are put at once', async () => {
      const userId = v7();
      const puts = Array.from({ length: 10 }, () => put({ kind: 'personal', userId }));
      const settled = await Promise.allSettled(puts);
      const rejected = settled.filter((one) => one.status === 'rejected');
      expect(settled.length - rejected.length).toBe(1);
      for (const { reason } of rejected) expect(reason).toMatchObject({ code: 'KEY_EXISTS' });
      const active = await store.findActivePersonal(userId);
      await store.change((keys) => keys.update(active?.id ?? '', { revokedAt: new Date() }));
      expect(await store.findActivePersonal(userId)).toBeNull();
      await put({ kind: 'personal', userId });
    });

    it('finds the newest personal key of a user, ended or not', async () => {
      const userId = v7();
      const newest = () => store.change((keys) => keys.findNewestPersonal(userId));
      expect(await newest()).toBeNull();
      const revoked = { kind: 'personal', userId, revokedAt: new Date() } as const;
      const first = await put({ ...revoked, lineageId: v7() });
      expect(await newest()).toEqual(first);
      const second = await put(revoked);
      await put({ ...revoked, userId: v7() });
      expect(await newest()).toEqual(second);
    });

    it('rejects a second key with the same hash', async () => {
      const key = await put();
      await expect(put({ hash: key.hash })).rejects.toThrow();
    });

    it('lets changes of one key follow each other', async () => {
      const key = await put({ name: '0' });
      const count = () =>
        store.change(async (keys) => {
          await keys.lockKey(key.id);
          const { name } = (await keys.find(key.id)) as ApiKey;
          await keys.update(key.id, { name: String(Number(name) + 1) });
        });
      await Promise.all(Array.from({ length: 20 }, count));
      expect((await store.find(key.id))?.name).toBe('20');
    });

    it('stores a request once, with its change or not at all', async () => {
      if (!('findRequest' in store)) return;
      const id = `${v7()} request`;
      const request = { id, ownerId, request: 'r', keyId: v7(), replacedId: null, createdAt: new Date() };
      const insert = (row: IdempotentRequest) =>
        store.change(async (keys) => {
          await keys.insertRequest?.(row);
          expect(await keys.findRequest?.(row.id)).toEqual(row);
        });
      const failing = store.change(async (keys) => {
        await keys.insertRequest?.(request);
        throw new Error('not stored');
      });
      await expect(failing).rejects.toThrow('not stored');
      expect(await store.findRequest?.(id)).toBeNull();
      await insert(request);
      expect(await store.findRequest?.(id)).toEqual(request);
      await expect(insert({ ...request, keyId: v7() })).rejects.toMatchObject({
        code: 'REQUEST_IN_PROGRESS',
      });
      expect(await store.findRequest?.(id)).toEqual(request);
      const later = { ...request, keyId: v7(), createdAt: new Date(Date.now() + 86_400_001) };
      await insert(later);
      expect(await store.findRequest?.(id)).toEqual(later);
    });

    it('lists the newest first, in pages that join', async () => {
      const all = [];
      for (let turn = 0; turn < 5; turn += 1) all.unshift((await put()).id);
      const first = await store.list({ ownerId }, { limit: 3 });
      const rest = await store.list({ ownerId }, { limit: 3, after: first.at(-1)?.id });
      expect([...first, ...rest].map(({ id }) => id)).toEqual(all);
      expect(await store.count({ ownerId })).toBe(5);
    });

    it('narrows a list by kind, user, environment, name, prefix and status', async () => {
      const now = Date.now();
      const active = await put({ name: 'active', environment: 'test' });
      const disabled = await put({ enabled: false });
      const expired = await put({ expiresAt: new Date(now) });
      const revoked = await put({ revokedAt: new Date(), enabled: false });
      const later = await put({ expiresAt: new Date(now + 1) });
      const idsOf = async (filter: object) =>
        (await store.list({ ownerId, ...filter }, { limit: 10 })).map(({ id }) => id);
      expect(await idsOf({ status: { is: 'active', now } })).toEqual([later.id, active.id]);
      expect(await idsOf({ status: { is: 'disabled', now } })).toEqual([disabled.id]);
      expect(await idsOf({ status: { is: 'expired', now } })).toEqual([expired.id]);
      expect(await idsOf({ status: { is: 'revoked', now } })).toEqual([revoked.id]);
      expect(await idsOf({ environment: 'test' })).toEqual([active.id]);
      expect(await idsOf({ name: 'active' })).toEqual([active.id]);
      expect(await idsOf({ prefix: later.prefix })).toEqual([later.id]);
      expect(await idsOf({ kind: 'personal' })).toEqual([]);
      const userId = v7();
      const personal = await put({ kind: 'personal', userId });
      expect(await idsOf({ userId })).toEqual([personal.id]);
      expect(await idsOf({ userId: v7() })).toEqual([]);
    });

    it('searches names for what they contain, and prefixes for how they begin', async () => {
      const sync = await put({ name: 'Payroll-Sync 100%' });
      const other = await put({ name: 'payroll ÄPFEL' });
      const found = async (search: string) => {
        const keys = await store.list({ ownerId, search }, { limit: 10 });
        expect(await store.count({ ownerId, search })).toBe(keys.length);
        return keys.map(({ id }) => id);
      };
      expect(await found('PAYROLL')).toEqual([other.id, sync.id]);
      expect(await found('-sync')).toEqual([sync.id]);
      expect(await found('0%')).toEqual([sync.id]);
      expect(await found('_')).toEqual([]);
      expect(await found('äpfel')).toEqual([]);
      expect(await found('\\')).toEqual([]);
      expect(await found(other.prefix)).toContain(other.id);
      expect(await found(other.prefix.slice(1))).toEqual([]);
    });

    it('revokes all keys of a user that are not, with an event for each, and returns them', async () => {
      const userId = v7();
      const of = (settings: Partial<ApiKey> = {}) => put({ kind: 'personal', userId, ...settings });
      const earlier = await of({ revokedAt: new Date(1), revokeReason: 'earlier' });
      const active = await of({ enabled: false, expiresAt: new Date(2) });
      const others = [await put(), await put({ kind: 'personal', userId: v7() })];
      const entryOf = ({ id }: Pick<ApiKey, 'id'>) => eventOf({ ...active, id });
      const end = { actor, at: new Date(3_000), reason: 'left', entryOf };
      const { id, hash, prefix, name: label } = active;
      const ended = { id, hash, prefix, name: label, ownerId, userId };
      expect(await store.revokeAllOf(userId, end)).toMatchObject([ended]);
      const revoked = { ...active, revokedAt: new Date(3_000), revokeReason: 'left' };
      expect(await store.find(active.id)).toEqual(revoked);
      for (const key of [earlier, ...others]) expect(await store.find(key.id)).toEqual(key);
      expect(await eventsOf(ownerId)).toEqual([active.id]);
      expect(await store.revokeAllOf(userId, end)).toEqual([]);
      expect(await eventsOf(ownerId)).toEqual([active.id]);
    });

    it('changes all keys of a user, ended or not, and no others', async () => {
      const userId = v7();
      const ended = { kind: 'personal', userId, revokedAt: new Date(1) } as const;
      const keys: ApiKey[] = [];
      for (let turn = 0; turn < 3; turn += 1) keys.push(await put(ended));
      keys.push(await put({ kind: 'personal', userId, metadata: { of: 'Ada' } }));
      const other = await put({ kind: 'personal', userId: v7() });
      await store.updateAllOf(userId, { name: 'Erased', metadata: null });
      for (const key of keys)
        expect(await store.find(key.id)).toEqual({ ...key, name: 'Erased', metadata: null });
      expect(await store.find(other.id)).toEqual(other);
    });

    it('stores no use of an erased key', async () => {
      const key = await put({ revokedAt: new Date(), revokeReason: 'erased' });
      await store.change((keys) => keys.touch(key.id, { at: new Date(), ip: '::1', userAgent: 'curl' }));
      expect(await store.find(key.id)).toEqual(key);
    });

    it('finds what has expired and was not noted, the earliest first', async () => {
      const mine = async (now: number) =>
        (await store.findExpired(now, 1_000)).filter((key) => key.ownerId === ownerId).map(({ id }) => id);
      const second = await put({ expiresAt: new Date(2_000) });
      const first = await put({ expiresAt: new Date(1_000) });
      await put({ expiresAt: new Date(3_001) });
      await put({ expiresAt: new Date(1_000), expiryNotedAt: new Date() });
      await put();
      expect(await mine(3_000)).toEqual([first.id, second.id]);
    });

    const day = 86_400_000;
    const ids = (keys: readonly ApiKey[] | undefined) =>
      (keys ?? []).filter((key) => key.ownerId === ownerId).map(({ id }) => id);

    it('finds keys whose expiring event is due, the earliest first', async () => {
      if (!('findExpiring' in store)) return;
      const mine = async (at: number) => ids(await store.findExpiring?.(at, 1_000));
      const now = Date.now();
      const second = await put({ expiresAt: new Date(now + 16 * day) });
      const first = await put({ expiresAt: new Date(now + 15 * day) });
      await put();
      expect(await mine(now + day - 9_999)).toEqual([]);
      expect(await mine(now + day)).toEqual([first.id]);
      expect(await mine(now + 2 * day)).toEqual([first.id, second.id]);
      await store.change((keys) => keys.update(first.id, { expiringAt: null }));
      expect(await mine(now + 2 * day)).toEqual([second.id]);
    });

    it('finds enabled keys that are not used, the longest unused first, until that is noted', async () => {
      if (!('findUnused' in store)) return;
      const start = Date.now() - 10 * day;
      const mine = async (before: number) => ids(await store.findUnused?.(before, 1_000));
      const unused = (at: number, fields: Partial<ApiKey> = {}) =>
        put({ idleSince: new Date(at), ...fields });
      const used = await unused(start + 1, { lastUsedAt: new Date(start + 1) });
      const never = await unused(start);
      // `idleSince` is of the hour of the last use.
      const later = await unused(start, { lastUsedAt: new Date(start + 2) });
      await unused(start, { enabled: false });
      await unused(start, { revokedAt: new Date() });
      await unused(start, { unusedNotedAt: new Date() });
      expect(await mine(start - 1)).toEqual([]);
      expect(await mine(start)).toEqual([never.id]);
      expect(await mine(start + 1)).toEqual([never.id, used.id]);
      const use = { at: new Date(start + 3 * day), ip: null, userAgent: null };
      await store.change(async (keys) => {
        await keys.update(used.id, { unusedNotedAt: new Date() });
        await keys.update(never.id, { unusedNotedAt: new Date() });
        await keys.touch(used.id, use);
      });
      expect(await mine(start + 3 * day - 1)).toEqual([later.id]);
      expect(await mine(start + 3 * day)).toEqual([later.id, used.id]);
    });

    it('narrows a list by expiry and by the last use', async () => {
      const now = Date.now();
      const soon = await put({ expiresAt: new Date(now + day) });
      const idle = await put({ idleSince: new Date(now - day) });
      await put({ expiresAt: new Date(now + 2 * day) });
      await put({ idleSince: new Date(now - day), lastUsedAt: new Date(now - day + 1) });
      const listed = async (filter: object) => ids(await store.list({ ownerId, ...filter }, { limit: 10 }));
      expect(await listed({ expiresBefore: now + day + 1 })).toEqual([soon.id]);
      expect(await listed({ expiresBefore: now + day })).toEqual([]);
      expect(await listed({ unusedSince: now - day })).toEqual([idle.id]);
      expect(await listed({ unusedSince: now - day - 1 })).toEqual([]);
      expect(await listed({ unusedSince: now - day, expiresBefore: now + 9 * day })).toEqual([]);
      expect(await store.count({ ownerId, expiresBefore: now + 9 * day })).toBe(2);
    });

    it('keeps the latest use', async () => {
      const key = await put();
      const touch = (at: number) =>
        store.change((keys) => keys.touch(key.id, { at: new Date(at), ip: `${at}`, userAgent: null }));
      await touch(2_000);
      await touch(1_000);
      expect(await store.find(key.id)).toMatchObject({ lastUsedAt: new Date(2_000), lastUsedIp: '2000' });
      await store.change((keys) => keys.touch(v7(), { at: new Date(), ip: null, userAgent: null }));
    });
  });
}
