import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { AccountsService } from '../src/identity/accounts.service.js';
import { Owner } from '../src/identity/owner.entity.js';
import { UserRegistry } from '../src/identity/user-registry.js';
import { User } from '../src/identity/user.entity.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const primary = 'https://primary.example.com';
const second = 'https://second.example.com';
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys: Record<string, { publicKey: KeyObject; privateKey: KeyObject }> = {
  [primary]: pair(),
  [second]: pair(),
};
let gatehouse: Gatehouse;

const issuerOf = (issuer: string) => ({
  issuer,
  audience: 'api',
  publicKey: keys[issuer]?.publicKey.export({ format: 'jwk' }) ?? '',
});
const token = (subject: string, issuer = primary, claims: object = {}) =>
  jwt.sign({ email: `${subject}@example.com`, ...claims }, keys[issuer]?.privateKey ?? '', {
    algorithm: 'ES256',
    issuer,
    audience: 'api',
    subject,
    expiresIn: 600,
  });
const me = (bearer: string) =>
  gatehouse.send('GET', '/api/v1/auth/me', { headers: { authorization: `Bearer ${bearer}` } });
const count = (subject: string) =>
  gatehouse.app.get(Database).read(async (manager) => ({
    users: await manager.countBy(User, { subject }),
    owners: await manager.countBy(Owner, { name: `${subject}@example.com` }),
  }));

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers: [issuerOf(primary), issuerOf(second)] });
});
afterAll(() => gatehouse.close());

describe('the first login', () => {
  it('makes one user and one owner when 100 first requests come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => me(token('racer'))));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(new Set(answers.map(({ body }) => `${body.userId} ${body.ownerId}`)).size).toBe(1);
    expect(await count('racer')).toEqual({ users: 1, owners: 1 });
  });

  it('makes one user and one owner when 20 processes race, which share no memory', async () => {
    const registry = gatehouse.app.get(UserRegistry);
    const login = { issuer: primary, subject: 'replicas', primary: true, email: 'replicas@example.com' };
    const users = await Promise.all(Array.from({ length: 20 }, () => registry.findOrCreate(login, null)));
    expect(new Set(users.map(({ id, ownerId }) => `${id} ${ownerId}`)).size).toBe(1);
    expect(await count('replicas')).toEqual({ users: 1, owners: 1 });
  });

  it('leaves neither user nor owner when the event cannot be written', async () => {
    const record = jest
      .spyOn(gatehouse.app.get(AuditTrail), 'record')
      .mockRejectedValue(new Error('no event'));
    expect((await me(token('unlucky'))).status).toBe(500);
    record.mockRestore();
    expect(await count('unlucky')).toEqual({ users: 0, owners: 0 });
    expect((await me(token('unlucky'))).status).toBe(200);
  });

  it('writes one event, from the address and request of the login', async () => {
    const { headers, body } = await me(token('event'));
    const events = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findBy(AuditEvent, { subjectId: body.userId }));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'created',
      subjectType: 'user',
      ip: '127.0.0.1',
      requestId: headers['x-request-id'],
    });
  });

  it('takes 20 different people at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_unused, turn) => me(token(`person-${turn}`))),
    );
    expect(new Set(answers.map(({ body }) => body.ownerId)).size).toBe(20);
  });
});

describe('a user id', () => {
  const uuid = '0b8f3f0e-55a5-4a0e-9c46-0d5a3f1c2b4d';

  it('is the subject where that is a UUID of the primary issuer', async () => {
    expect((await me(token(uuid))).body.userId).toBe(uuid);
  });

  it('is another one for the same subject of another issuer', async () => {
    const other = (await me(token(uuid, second))).body;
    expect(other.userId).not.toBe(uuid);
    expect(other.userId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });

  it('is the same at every login and in every installation', async () => {
    expect((await me(token('auth0|42', second))).body.userId).toBe('de68890a-0745-532c-8058-8710984b8e68');
  });

  it('that is spelled like the id of an owner has nothing of that owner', async () => {
    const platform = '00000000-0000-7000-8000-000000000001';
    const impostor = (await me(token(platform))).body;
    expect(impostor.ownerId).not.toBe(platform);
    const { key } = (
      await gatehouse.send('POST', '/api/v1/auth/api-keys', {
        headers: { authorization: `Bearer ${token(platform)}` },
      })
    ).body;
    gatehouse.app.get(AccountsService).clear();
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    const admin = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { 'x-api-key': gatehouse.adminKey },
    });
    expect(admin.body).toMatchObject({ ownerId: platform, email: null });
  });

  it('of another login is not taken over', async () => {
    const victim = (await me(token('victim', second))).body.userId;
    const thief = await me(token(victim));
    expect([thief.status, thief.body.code]).toEqual([401, 'USER_NOT_FOUND']);
  });
});

it('keeps the e-mail of the latest login', async () => {
  await me(token('moving'));
  gatehouse.app.get(AccountsService).clear();
  expect((await me(token('moving', primary, { email: 'new@example.com' }))).body.email).toBe(
    'new@example.com',
  );
  gatehouse.app.get(AccountsService).clear();
  expect((await me(token('moving', primary, { email: undefined }))).body.email).toBe('new@example.com');
});

describe('a disabled one', () => {
  const disable = async (entity: typeof User | typeof Owner, id: string) => {
    await gatehouse.app
      .get(Database)
      .write((manager) => manager.update(entity, { id }, { disabledAt: new Date() }));
    gatehouse.app.get(AccountsService).clear();
  };

  it.each<['user' | 'owner']>([['user'], ['owner']])(
    'a %s is rejected with every credential',
    async (what) => {
      const email = `disabled-${what}@example.com`;
      const { key } = await createPersonalKey(gatehouse, email);
      const tool = await issueToolKey(gatehouse, {}, gatehouse.bearer(email));
      const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer(email) });
      await disable(what === 'user' ? User : Owner, what === 'user' ? body.userId : body.ownerId);
      const codes = await Promise.all(
        [gatehouse.bearer(email), { 'x-api-key': key }, { 'x-tool-key': tool.key }].map(async (headers) => {
          const answer = await gatehouse.send('GET', '/api/v1/auth/me', {
            headers: headers as Record<string, string>,
          });
          return `${answer.status} ${answer.body.code}`;
        }),
      );
      expect(codes).toEqual(['401 USER_NOT_FOUND', '401 INVALID_API_KEY', '401 INVALID_TOOL_KEY']);
    },
  );
});

it.each<['user' | 'owner']>([['user'], ['owner']])(
  'a %s that was disabled by hand makes no key, even if it is cached',
  async (what) => {
    const headers = gatehouse.bearer(`by-hand-${what}@example.com`);
    const { body } = await gatehouse.send('GET', '/api/v1/auth/me', { headers });
    const id = what === 'user' ? body.userId : body.ownerId;
    const entity = what === 'user' ? User : Owner;
    await gatehouse.app
      .get(Database)
      .write((manager) => manager.update(entity, { id }, { disabledAt: new Date() }));
    for (const [path, fields] of [
      ['/api/v1/auth/api-keys', undefined],
      ['/api/v1/api-keys', { name: 'x' }],
      ['/api/v1/tool-keys', { taskId: 't' }],
    ] as const) {
      const answer = await gatehouse.send('POST', path, { headers, body: fields });
      expect([answer.status, answer.body.code]).toEqual([401, 'USER_NOT_FOUND']);
    }
  },
);

describe('GET /api/v1/auth/status', () => {
  it('describes the user, and no other caller', async () => {
    const status = (headers: Record<string, string>) =>
      gatehouse.send('GET', '/api/v1/auth/status', { headers });
    const known = await status({ authorization: `Bearer ${token('status')}` });
    expect(known.body).toMatchObject({ authenticated: true, user: { email: 'status@example.com' } });
    for (const headers of [
      {},
      { authorization: 'Bearer a.b.c' },
      { 'x-api-key': 'bad' },
      { 'x-tool-key': 'bad' },
    ]) {
      const anonymous = await status(headers as Record<string, string>);
      expect([anonymous.status, anonymous.body]).toEqual([200, { authenticated: false, user: null }]);
    }
  });
});
