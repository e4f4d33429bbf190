import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { v4 } from 'uuid';
import { gatehouseEntities } from '../src/entities.js';
import { Database } from '../src/database/database.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { User } from '../src/identity/user.entity.js';
import { moveUsers } from '../src/identity/move-users.js';
import { ApiKey } from '../src/key-store/api-key.entity.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { agentsOf, type Agents, by, type Headers, verdictOf } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const path = '/api/v1/admin/users';
const issuer = 'https://login.example.com';
const formerName = 'https://old.example.com';
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let gatehouse: Gatehouse;
let agents: Agents;
let people = 0;

/** The subject is no UUID: it is not the id of the user. */
const tokenOf = (name: string, email = `${name}@example.com`): Headers => {
  const iat = Math.floor(gatehouse.now() / 1000);
  const claims = { iat, exp: iat + 3600, email, jti: v4() };
  const options = { algorithm: 'ES256', issuer, audience: 'api', subject: `sub-${name}` } as const;
  return { authorization: `Bearer ${jwt.sign(claims, pair.privateKey, options)}` };
};
const ask = (method: string, to: string, body?: unknown) =>
  agents.ask(method, `${path}${to}`, by(gatehouse.adminKey), body);
const verdict = async (headers: Headers) => verdictOf(await agents.me(headers));
const verdicts = (all: readonly Headers[]) => Promise.all(all.map(verdict));
const read = <T>(work: Parameters<Database['read']>[0]) =>
  gatehouse.app.get(Database).read(work) as Promise<T>;
const userWith = (id: string) => read<User>((manager) => manager.findOneByOrFail(User, { id }));
const eventsAbout = async (subjectId: string, type?: 'revoked') =>
  (await gatehouse.app.get(AuditTrail).find({ subjectId, type }, { limit: 100 })).events;
const typesAbout = async (id: string) => (await eventsAbout(id)).map(({ type }) => type);

/** A person who has logged in, with a key of each kind. */
const aPerson = async () => {
  const name = `leaver-${(people += 1)}`;
  const token = tokenOf(name);
  const { userId: id, ownerId } = (await agents.me(token)).body as Json;
  const personal = (await agents.ask('POST', '/api/v1/auth/api-keys', token)).body as {
    id: string;
    key: string;
  };
  const settings = { name: 'laptop', scopes: ['files:read'], metadata: { of: name } };
  const access = (await agents.ask('POST', '/api/v1/me/api-keys', token, settings)).body as Json;
  const service = (await agents.ask('POST', '/api/v1/api-keys', token, { name: 'CI' })).body as Json;
  const [tool, child] = await agents.issueLine(token, 2);
  const ofKey = await agents.issue(by(personal.key));
  const own = [by(personal.key), by(access['key']), by(tool?.key ?? ''), by(child?.key ?? ''), by(ofKey.key)];
  const ids = { id: id as string, ownerId: ownerId as string };
  return {
    name,
    email: `${name}@example.com`,
    ...ids,
    token,
    personal,
    access,
    service,
    tool,
    child,
    ofKey,
    own,
  };
};
const rejected = [
  '401 INVALID_API_KEY',
  '401 INVALID_API_KEY',
  ...Array.from({ length: 3 }, () => '401 INVALID_TOOL_KEY'),
];
const accepted = rejected.map(() => '200');

beforeAll(async () => {
  const publicKey = pair.publicKey.export({ format: 'jwk' });
  gatehouse = await startGatehouse({
    issuers: [{ issuer, audience: 'api', publicKey, aliases: [formerName] }],
  });
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

describe('POST /api/v1/admin/users/:id/disable and /enable', () => {
  it('rejects all credentials of the user meanwhile, and restores those that were not revoked', async () => {
    const { id, token, own, service, email, name } = await aPerson();
    const all = [token, ...own];
    expect(await verdicts(all)).toEqual(['200', ...accepted]);
    const disabled = await ask('POST', `/${id}/disable`);
    const disabledAt = new Date(gatehouse.now()).toISOString();
    expect([disabled.status, disabled.body]).toMatchObject([
      200,
      { id, email, status: 'disabled', disabledAt },
    ]);
    expect(await verdicts(all)).toEqual(['401 USER_NOT_FOUND', ...rejected]);
    expect(await verdict(tokenOf(name))).toBe('401 USER_NOT_FOUND');
    expect(await verdict(by(service['key']))).toBe('200');
    expect((await agents.requestKey(token)).status).toBe(401);
    gatehouse.pass(10);
    expect((await ask('POST', `/${id}/disable`)).body.disabledAt).toBe(disabledAt);
    expect((await ask('POST', `/${id}/enable`)).body).toMatchObject({ status: 'active', disabledAt: null });
    expect(await verdicts(all)).toEqual(['200', ...accepted]);
    expect((await ask('POST', `/${id}/enable`)).status).toBe(200);
    expect(await typesAbout(id)).toEqual(['enabled', 'disabled', 'created']);
    const [event] = await eventsAbout(id);
    expect(event).toMatchObject({ subjectType: 'user', userId: id, actorType: 'api_key' });
  });

  it('keeps revoked what was revoked meanwhile', async () => {
    const { id, own, personal } = await aPerson();
    await ask('POST', `/${id}/disable`);
    await agents.ask('DELETE', `/api/v1/admin/api-keys/${personal.id}`, by(gatehouse.adminKey));
    await ask('POST', `/${id}/enable`);
    expect(await verdicts(own)).toEqual(['401 INVALID_API_KEY', '200', '200', '200', '401 INVALID_TOOL_KEY']);
  });

  it('lets a login of a disabled user change nothing', async () => {
    const { id, name, email } = await aPerson();
    await ask('POST', `/${id}/disable`);
    expect(await verdict(tokenOf(name, 'new@example.com'))).toBe('401 USER_NOT_FOUND');
    expect((await userWith(id)).email).toBe(email);
    await ask('POST', `/${id}/enable`);
    expect(await verdict(tokenOf(name, 'new@example.com'))).toBe('200');
    expect((await userWith(id)).email).toBe('new@example.com');
  });

  it('takes no other query than wait, which adds a receipt', async () => {
    const { id } = await aPerson();
    expect((await ask('POST', `/${id}/disable?wait=yes`)).status).toBe(400);
    expect((await ask('POST', `/${id}/disable?now=true`)).status).toBe(400);
    expect((await ask('GET', `/${id}`)).body.status).toBe('active');
    expect((await ask('POST', `/${id}/disable?wait=true`)).body.replicas).toMatchObject({
      confirmed: 1,
      missing: [],
    });
  });

  it('ends with a state that the last call chose, when calls race', async () => {
    const { id } = await aPerson();
    const moves = Array.from({ length: 12 }, (_, turn) => (turn % 2 === 0 ? 'disable' : 'enable'));
    const answers = await Promise.all(moves.map((move) => ask('POST', `/${id}/${move}`)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const types = (await typesAbout(id)).slice(0, -1).toReversed();
    types.forEach((type, turn) => expect(type).toBe(turn % 2 === 0 ? 'disabled' : 'enabled'));
  });
});

describe('DELETE /api/v1/admin/users/:id/keys', () => {
  it('ends all keys that act as the user and its tool keys, each with an event', async () => {
    const { id, token, own, personal, access, service, tool, child, ofKey } = await aPerson();
    expect(await verdicts(own)).toEqual(accepted);
    const { status, body } = await ask('DELETE', `/${id}/keys`, { reason: 'left' });
    expect([status, body]).toEqual([200, { apiKeys: 2, toolKeys: 3 }]);
    expect(await verdicts(own)).toEqual(rejected);
    expect(await verdicts([token, by(service['key'])])).toEqual(['200', '200']);
    for (const key of [personal.id, access['id'], tool?.id ?? '', ofKey.id]) {
      const events = await eventsAbout(key, 'revoked');
      expect(events).toMatchObject([{ userId: id, actorType: 'api_key', details: { reason: 'left' } }]);
    }
    // It ended with the key above it.
    expect(await eventsAbout(child?.id ?? '', 'revoked')).toEqual([]);
    const shown = await agents.ask('GET', `/api/v1/admin/api-keys/${personal.id}`, by(gatehouse.adminKey));
    expect(shown.body).toMatchObject({ status: 'revoked', revokeReason: 'left' });
    expect((await ask('DELETE', `/${id}/keys`)).body).toEqual({ apiKeys: 0, toolKeys: 0 });
    expect((await ask('GET', `/${id}`)).body).toMatchObject({ status: 'active', apiKeys: 0, toolKeys: 0 });
    const again = await agents.ask('POST', '/api/v1/auth/api-keys', token);
    expect(await verdict(by(again.body.key))).toBe('200');
  });

  it('ends disabled and expired keys too: nothing can restore them', async () => {
    const { id, personal } = await aPerson();
    const admin = by(gatehouse.adminKey);
    await agents.ask('PATCH', `/api/v1/admin/api-keys/${personal.id}`, admin, { enabled: false });
    expect((await ask('DELETE', `/${id}/keys`)).body.apiKeys).toBe(2);
    await agents.ask('PATCH', `/api/v1/admin/api-keys/${personal.id}`, admin, { enabled: true });
    expect(await verdict(by(personal.key))).toBe('401 INVALID_API_KEY');
  });

  it.each([{ reason: '' }, { reason: 'x'.repeat(201) }, { reason: 'a\nb' }, { why: 'x' }, []])(
    'rejects the body %j and ends nothing',
    async (body) => {
      const { id, own } = await aPerson();
      expect((await ask('DELETE', `/${id}/keys`, body)).status).toBe(400);
      expect(await verdicts(own)).toEqual(accepted);
    },
  );

  it('leaves no key behind that was made meanwhile, unless it was made afterwards', async () => {
    const { id, token } = await aPerson();
    const refresh = () => agents.ask('POST', '/api/v1/auth/api-keys/refresh', token).then(({ body }) => body);
    const [, ...made] = await Promise.all([ask('DELETE', `/${id}/keys`), refresh(), refresh(), refresh()]);
    const keys = await read<ApiKey[]>((manager) => manager.findBy(ApiKey, { userId: id }));
    expect(keys.filter(({ revokedAt }) => revokedAt === null).length).toBeLessThanOrEqual(1);
    expect(made).toHaveLength(3);
    expect((await ask('DELETE', `/${id}/keys`)).status).toBe(200);
    const statuses = await verdicts(made.map(({ key }) => by(key)));
    expect(new Set(statuses)).toEqual(new Set(['401 INVALID_API_KEY']));
  });
});

describe('DELETE /api/v1/admin/users/:id', () => {
  /** The tables in which a text is, except that the id may hold it. */
  const tablesWith = (texts: readonly string[]) =>
    read<string[]>(async (manager) => {
      const tables: string[] = [];
      for (const entity of gatehouseEntities) {
        const rows = JSON.stringify(await manager.find(entity as typeof User));
        if (texts.some((text) => rows.includes(text))) tables.push(entity.name);
      }
      return tables;
    });

  it('ends all keys, and leaves the e-mail and the subject nowhere', async () => {
    const { id, ownerId, name, email, token, own, service } = await aPerson();
    await agents.ask('POST', '/api/v1/auth/api-keys/refresh', token, { name: 'laptop' });
    const texts = [email, name];
    expect((await tablesWith(texts)).sort()).toEqual(['ApiKey', 'Owner', 'User']);
    const erased = await ask('DELETE', `/${id}`);
    const now = new Date(gatehouse.now()).toISOString();
    expect([erased.status, erased.body]).toEqual([
      200,
      {
        id,
        ownerId,
        issuer,
        subject: null,
        email: null,
        status: 'erased',
        disabledAt: now,
        erasedAt: now,
        tokensValidFrom: null,
        createdAt: now,
        apiKeys: 2,
        toolKeys: 2,
      },
    ]);
    expect(await verdicts([token, ...own])).toEqual(['401 USER_NOT_FOUND', ...rejected]);
    expect(await verdict(by(service['key']))).toBe('200');
    await gatehouse.app.get(KeyUsage).flush();
    expect(await tablesWith(texts)).toEqual([]);
    const keys = await read<ApiKey[]>((manager) => manager.findBy(ApiKey, { userId: id }));
    expect(keys).toHaveLength(3);
    const unused = { metadata: null, lastUsedIp: null, lastUsedUserAgent: null };
    for (const key of keys) expect(key).toMatchObject({ name: 'Erased', ...unused });
    expect((await typesAbout(id)).slice(0, 2)).toEqual(['erased', 'disabled']);
  });

  it('deletes an e-mail of earlier from the name of the owner, and no name that others share', async () => {
    const [one, two, third] = [await aPerson(), await aPerson(), await aPerson()];
    expect(await verdict(tokenOf(one.name, 'married@example.com'))).toBe('200');
    await gatehouse.app.get(Database).write(async (manager) => {
      await manager.update(User, { id: two.id }, { ownerId: third.ownerId });
    });
    for (const { id } of [one, two]) await ask('DELETE', `/${id}`);
    expect(await tablesWith([one.email, 'married@example.com'])).toEqual([]);
    expect(await tablesWith([third.email])).toEqual(['Owner', 'User']);
  });

  it('rejects later logins with one answer, which make no user and put nothing back', async () => {
    const { id, name } = await aPerson();
    const count = () => read<number>((manager) => manager.count(User));
    await ask('DELETE', `/${id}`);
    const [before, erased] = [await count(), await userWith(id)];
    const logins = Array.from({ length: 5 }, (_, turn) => tokenOf(name, `${turn}@example.com`));
    expect(new Set(await verdicts(logins))).toEqual(new Set(['401 USER_NOT_FOUND']));
    expect([await count(), await userWith(id)]).toEqual([before, erased]);
  });

  it('recognises later logins also where the id is not that of issuer and subject', async () => {
    const { ownerId } = await aPerson();
    // As a user that was moved from an earlier issuer, or is stored under another name of this one.
    const [id, name] = [v4(), 'moved'];
    const unset = { email: null, disabledAt: null, erasedAt: null, tokensValidFrom: null };
    const createdAt = new Date(gatehouse.now());
    await gatehouse.app.get(Database).write(async (manager) => {
      await manager.insert(User, {
        id,
        ownerId,
        issuer: formerName,
        subject: `sub-${name}`,
        ...unset,
        createdAt,
      });
    });
    expect((await agents.me(tokenOf(name))).body.userId).toBe(id);
    await ask('DELETE', `/${id}`);
    expect(await verdict(tokenOf(name))).toBe('401 USER_NOT_FOUND');
    await gatehouse.app.get(Database).write(async (manager) => {
      const issuers = { from: formerName, to: issuer };
      await moveUsers(manager, gatehouse.app.get(AuditTrail), { user: null, origin: null }, issuers);
    });
    gatehouse.pass(301);
    expect(await verdict(tokenOf(name))).toBe('401 USER_NOT_FOUND');
    expect(await read((manager) => manager.countBy(User, { subject: `sub-${name}` }))).toBe(0);
  });

  it('is final: the user cannot be enabled, and a second call changes nothing', async () => {
    const { id } = await aPerson();
    await ask('DELETE', `/${id}`);
    const before = await userWith(id);
    gatehouse.pass(5);
    const enabled = await ask('POST', `/${id}/enable`);
    expect([enabled.status, enabled.body.code]).toEqual([409, 'USER_ERASED']);
    expect((await ask('POST', `/${id}/disable`)).body.status).toBe('erased');
    expect((await ask('DELETE', `/${id}`)).body).toMatchObject({ status: 'erased', apiKeys: 0, toolKeys: 0 });
    expect(await userWith(id)).toEqual(before);
    expect((await typesAbout(id)).filter((type) => type === 'erased')).toHaveLength(1);
  });

  it('keeps the addresses of a use away that is written afterwards', async () => {
    const { id, personal } = await aPerson();
    await gatehouse.app.get(KeyUsage).flush();
    gatehouse.pass(120);
    expect(await verdict(by(personal.key))).toBe('200');
    await ask('DELETE', `/${id}`);
    await gatehouse.app.get(KeyUsage).flush();
    const key = await read<ApiKey>((manager) => manager.findOneByOrFail(ApiKey, { id: personal.id }));
    expect(key).toMatchObject({ lastUsedIp: null, lastUsedUserAgent: null });
  });

  it('leaves no valid key and no data when the user logs in and makes keys meanwhile', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const { id, name } = await aPerson();
      const other = tokenOf(name);
      const during = [
        agents.ask('POST', '/api/v1/auth/api-keys/refresh', other),
        agents.requestKey(other),
        ask('DELETE', `/${id}`),
        agents.ask('POST', '/api/v1/auth/api-keys/refresh', other),
        agents.requestKey(other),
        ask('POST', `/${id}/enable`),
      ];
      const answers = await Promise.all(during);
      const made = answers
        .map(({ body }) => body?.key as string | undefined)
        .filter((key) => key !== undefined);
      expect(await userWith(id)).toMatchObject({ email: null, subject: expect.stringMatching(/^erased\n/) });
      for (const each of await verdicts([other, ...made.map(by)])) expect(each).toMatch(/^401/);
    }
  });
});

describe('a first login', () => {
  it('that races with the end of the user never leaves it valid', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      const name = `first-${(people += 1)}`;
      const token = tokenOf(name);
      const end = async () => {
        for (;;) {
          const { users } = (await ask('GET', `?search=${name}`)).body;
          if (users.length > 0) return ask('POST', `/${users[0].id}/disable`);
        }
      };
      await Promise.all([end(), agents.me(token), agents.me(token), agents.me(tokenOf(name))]);
      expect(await verdict(token)).toBe('401 USER_NOT_FOUND');
    }
  });
});
