import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { AccountsService } from '../src/identity/accounts.service.js';
import { idOfIssuer, Issuer } from '../src/identity/issuer.entity.js';
import { User } from '../src/identity/user.entity.js';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { AuthError } from '../src/principal/auth-error.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

const primary = 'https://primary.example.com';
const second = 'https://second.example.com';
const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keys: Record<string, { publicKey: KeyObject; privateKey: KeyObject }> = {
  [primary]: pair(),
  [second]: pair(),
};
let gatehouse: Gatehouse;
let people = 0;

const issuerOf = (issuer: string) => ({
  issuer,
  audience: 'api',
  publicKey: keys[issuer]?.publicKey.export({ format: 'jwk' }) ?? '',
});
const nextPerson = () => `person-${(people += 1)}`;
const nowSeconds = () => Math.floor(gatehouse.now() / 1000);
/** `iat` is now by default. */
const token = (subject: string, { issuer = primary, ...claims }: Record<string, unknown> = {}) => {
  const dated = { iat: nowSeconds(), exp: nowSeconds() + 3600, email: `${subject}@example.com`, ...claims };
  const { iat, ...undated } = dated;
  return jwt.sign(iat === undefined ? undated : dated, keys[String(issuer)]?.privateKey ?? '', {
    algorithm: 'ES256',
    issuer: String(issuer),
    audience: 'api',
    subject,
    noTimestamp: iat === undefined,
  });
};
const me = (bearer: string) =>
  gatehouse.send('GET', '/api/v1/auth/me', { headers: { authorization: `Bearer ${bearer}` } });
const answerTo = async (bearer: string) => {
  const { status, body } = await me(bearer);
  return status === 200 ? 200 : `${status} ${body.code}`;
};
const read = <T>(work: Parameters<Database['read']>[0]) =>
  gatehouse.app.get(Database).read(work) as Promise<T>;
const userOf = (subject: string) => read<User | null>((manager) => manager.findOneBy(User, { subject }));
const write = async (work: Parameters<Database['write']>[0]) => {
  await gatehouse.app.get(Database).write(work);
  gatehouse.app.get(AccountsService).clear();
};
const setTokensValidFrom = (subject: string, time: number) =>
  write((manager) => manager.update(User, { subject }, { tokensValidFrom: new Date(time) }));
const setIssuerTokensValidFrom = (issuer: string, time: number) =>
  write((manager) =>
    manager.save(Issuer, { id: idOfIssuer(issuer), issuer, tokensValidFrom: new Date(time) }),
  );

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers: [issuerOf(primary), issuerOf(second)] });
});
afterAll(() => gatehouse.close());

describe('a token of a user who was signed out', () => {
  it('is rejected if it was issued before, and accepted if it was issued then or later', async () => {
    const subject = nextPerson();
    const time = nowSeconds();
    expect(await answerTo(token(subject))).toBe(200);
    await setTokensValidFrom(subject, time * 1000);
    expect(await answerTo(token(subject, { iat: time - 1 }))).toBe('401 INVALID_TOKEN');
    expect(await answerTo(token(subject, { iat: time - 0.001 }))).toBe('401 INVALID_TOKEN');
    expect(await answerTo(token(subject, { iat: time }))).toBe(200);
    expect(await answerTo(token(subject, { iat: time - 1 }))).toBe('401 INVALID_TOKEN');
  });

  it('is rejected though it was accepted and cached a moment ago', async () => {
    const subject = nextPerson();
    const old = token(subject);
    expect([await answerTo(old), await answerTo(old)]).toEqual([200, 200]);
    await setTokensValidFrom(subject, gatehouse.now() + 1);
    expect([await answerTo(old), await answerTo(old)]).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
  });

  it('is rejected if it has no "iat", which is accepted otherwise', async () => {
    const subject = nextPerson();
    const undated = token(subject, { iat: undefined });
    expect(await answerTo(undated)).toBe(200);
    await setTokensValidFrom(subject, 1);
    expect(await answerTo(undated)).toBe('401 INVALID_TOKEN');
  });

  it('changes nothing of the user', async () => {
    const subject = nextPerson();
    await me(token(subject));
    await setTokensValidFrom(subject, gatehouse.now() + 1_000);
    const before = await userOf(subject);
    expect(await answerTo(token(subject, { email: 'thief@example.com' }))).toBe('401 INVALID_TOKEN');
    expect(await userOf(subject)).toEqual(before);
    const { events } = await gatehouse.app
      .get(AuditTrail)
      .find({ subjectId: before?.id ?? '' }, { limit: 9 });
    expect(events.map(({ type }) => type)).toEqual(['created']);
  });

  it('does not affect others, nor the same subject of another issuer', async () => {
    const subject = nextPerson();
    const others = [token(nextPerson()), token(subject, { issuer: second })];
    for (const other of [token(subject), ...others]) expect(await answerTo(other)).toBe(200);
    await write((manager) =>
      manager.update(User, { subject, issuer: primary }, { tokensValidFrom: new Date(gatehouse.now() + 1) }),
    );
    expect(await answerTo(token(subject))).toBe('401 INVALID_TOKEN');
    for (const other of others) expect(await answerTo(other)).toBe(200);
  });
});

describe('a token of an issuer that was signed out', () => {
  it('is rejected if it was issued before, whatever its subject, and creates no user', async () => {
    const subject = nextPerson();
    const stranger = nextPerson();
    expect(await answerTo(token(subject, { issuer: second }))).toBe(200);
    await setIssuerTokensValidFrom(second, (nowSeconds() + 1) * 1000);
    expect(await answerTo(token(subject, { issuer: second }))).toBe('401 INVALID_TOKEN');
    expect(await answerTo(token(stranger, { issuer: second }))).toBe('401 INVALID_TOKEN');
    expect(await userOf(stranger)).toBeNull();
    expect(await answerTo(token(subject))).toBe(200);
    const issued = { issuer: second, iat: nowSeconds() + 1 };
    expect([await answerTo(token(subject, issued)), await answerTo(token(stranger, issued))]).toEqual([
      200, 200,
    ]);
  });

  it('does not fail the first login with a newer token at the same time', async () => {
    const subject = nextPerson();
    await setIssuerTokensValidFrom(second, (nowSeconds() + 1) * 1000);
    const accounts = gatehouse.app.get(AccountsService);
    const login = { issuer: second, subject, primary: false, email: null };
    // One lookup for all of them, which the first begins.
    const found = await Promise.all(
      [nowSeconds(), nowSeconds() + 1, nowSeconds()].map((iat) =>
        accounts.findByLogin({ ...login, issuedAt: iat * 1000 }, null),
      ),
    );
    expect(found.map(({ active }) => active)).toEqual([false, true, false]);
    expect(await answerTo(token(subject, { issuer: second, iat: nowSeconds() + 1 }))).toBe(200);
  });

  it('has the later of both times where its user was signed out too', async () => {
    const subject = nextPerson();
    expect(await answerTo(token(subject, { issuer: second, iat: nowSeconds() + 1 }))).toBe(200);
    await setTokensValidFrom(subject, (nowSeconds() + 5) * 1000);
    const answers = [4, 5].map((ahead) =>
      answerTo(token(subject, { issuer: second, iat: nowSeconds() + ahead })),
    );
    expect(await Promise.all(answers)).toEqual(['401 INVALID_TOKEN', 200]);
    await setTokensValidFrom(subject, 1);
    expect(await answerTo(token(subject, { issuer: second }))).toBe('401 INVALID_TOKEN');
  });
});

const signOut = (bearer: string, query = '') =>
  gatehouse.send('POST', `/api/v1/auth/sign-out${query}`, { headers: { authorization: `Bearer ${bearer}` } });
const asAdmin = (path: string, body?: unknown) =>
  gatehouse.send('POST', `/api/v1/admin/${path}`, { headers: { 'x-api-key': gatehouse.adminKey }, body });
const nextSecond = () => (nowSeconds() + 1) * 1000;
const eventsAbout = async (subjectId: string) =>
  (await gatehouse.app.get(AuditTrail).find({ subjectId, type: 'signed_out' }, { limit: 100 })).events;

describe('POST /api/v1/auth/sign-out', () => {
  it('ends all tokens of the caller, including its own, and accepts those issued afterwards', async () => {
    const subject = nextPerson();
    const [one, other] = [token(subject), token(subject, { jti: 'other' })];
    for (const each of [one, other]) expect(await answerTo(each)).toBe(200);
    const { status, body } = await signOut(one);
    expect([status, body]).toEqual([200, { tokensValidFrom: new Date(nextSecond()).toISOString() }]);
    expect([await answerTo(one), await answerTo(other)]).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
    expect((await signOut(one)).status).toBe(401);
    expect(await answerTo(token(subject))).toBe('401 INVALID_TOKEN');
    gatehouse.pass(1);
    const fresh = token(subject);
    expect(await answerTo(fresh)).toBe(200);
    expect((await signOut(fresh)).status).toBe(200);
    expect([await answerTo(one), await answerTo(fresh)]).toEqual(['401 INVALID_TOKEN', '401 INVALID_TOKEN']);
  });

  it('works with a personal key, which stays valid, and only for people', async () => {
    const subject = nextPerson();
    const bearer = token(subject);
    const headers = { authorization: `Bearer ${bearer}` };
    const { key } = (await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers })).body;
    const service = (await gatehouse.send('POST', '/api/v1/api-keys', { headers, body: { name: 'CI' } }))
      .body;
    const tool = (await gatehouse.send('POST', '/api/v1/tool-keys', { headers, body: { taskId: 't' } })).body;
    const others: Record<string, string>[] = [
      { 'x-api-key': service.key },
      { 'x-tool-key': tool.key },
      { 'x-api-key': gatehouse.adminKey },
    ];
    for (const other of others) {
      const { status, body } = await gatehouse.send('POST', '/api/v1/auth/sign-out', { headers: other });
      expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect(await answerTo(bearer)).toBe(200);
    const asKey = { headers: { 'x-api-key': key } };
    expect((await gatehouse.send('POST', '/api/v1/auth/sign-out', asKey)).status).toBe(200);
    expect(await answerTo(bearer)).toBe('401 INVALID_TOKEN');
    for (const valid of [key, service.key])
      expect(
        (await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': valid } })).status,
      ).toBe(200);
  });

  it('leaves one event, which the user sees', async () => {
    const subject = nextPerson();
    const { body: user } = await me(token(subject));
    const { headers } = await signOut(token(subject));
    gatehouse.pass(1);
    const { body } = await gatehouse.send('GET', '/api/v1/auth/api-keys/events', {
      headers: { authorization: `Bearer ${token(subject)}` },
    });
    expect(body.events[0]).toMatchObject({
      type: 'signed_out',
      subject: { type: 'user', id: user.userId },
      ownerId: user.ownerId,
      actor: { type: 'jwt', chain: [{ type: 'user', id: user.userId }] },
      requestId: headers['x-request-id'],
      details: { tokensValidFrom: new Date(nowSeconds() * 1000).toISOString() },
    });
  });

  it('changes nothing when the event cannot be written', async () => {
    const subject = nextPerson();
    await me(token(subject));
    const record = jest
      .spyOn(gatehouse.app.get(AuditTrail), 'record')
      .mockRejectedValue(new Error('no event'));
    expect((await signOut(token(subject))).status).toBe(500);
    record.mockRestore();
    expect([await answerTo(token(subject)), (await userOf(subject))?.tokensValidFrom]).toEqual([200, null]);
  });

  it('never moves the time back, and leaves no second event where it changes nothing', async () => {
    const subject = nextPerson();
    const { userId } = (await me(token(subject))).body;
    const later = nextSecond() + 60_000;
    await setTokensValidFrom(subject, later);
    const { status, body } = await asAdmin(`users/${userId}/sign-out`);
    expect([status, body.tokensValidFrom]).toEqual([200, new Date(later).toISOString()]);
    expect((await userOf(subject))?.tokensValidFrom?.getTime()).toBe(later);
    expect(await eventsAbout(userId)).toEqual([]);
  });

  it('moves the time forward once when 20 calls race', async () => {
    const subject = nextPerson();
    const { userId } = (await me(token(subject))).body;
    const answers = await Promise.all(Array.from({ length: 20 }, () => asAdmin(`users/${userId}/sign-out`)));
    expect(new Set(answers.map(({ body }) => body.tokensValidFrom))).toEqual(
      new Set([new Date(nextSecond()).toISOString()]),
    );
    expect(await eventsAbout(userId)).toHaveLength(1);
  });

  it('rejects a misspelled query before it does anything, and has a receipt on request', async () => {
    const subject = nextPerson();
    expect((await signOut(token(subject), '?wait=yes')).body.code).toBe('VALIDATION_FAILED');
    expect(await answerTo(token(subject))).toBe(200);
    expect((await signOut(token(subject), '?wait=true')).body.replicas).toEqual({
      live: databaseKind === 'sqlite' ? null : 1,
      confirmed: 1,
      missing: [],
    });
  });
});

describe('the sign-out of an admin', () => {
  it('ends the tokens of one user, and is 404 for an unknown one', async () => {
    const [subject, other] = [nextPerson(), nextPerson()];
    const { userId } = (await me(token(subject))).body;
    await me(token(other));
    expect((await asAdmin(`users/${userId}/sign-out`)).status).toBe(200);
    expect([await answerTo(token(subject)), await answerTo(token(other))]).toEqual([
      '401 INVALID_TOKEN',
      200,
    ]);
    for (const unknown of ['01900000-0000-7000-8000-000000000000', 'x'])
      expect((await asAdmin(`users/${unknown}/sign-out`)).body.code).toBe('NOT_FOUND');
  });

  it('ends the tokens of an issuer, once each', async () => {
    gatehouse.pass(60);
    const subject = nextPerson();
    expect(await answerTo(token(subject, { issuer: second }))).toBe(200);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => asAdmin('issuers/sign-out', { issuer: second })),
    );
    for (const { status, body } of answers)
      expect([status, body]).toEqual([200, { tokensValidFrom: new Date(nextSecond()).toISOString() }]);
    const events = await eventsAbout(idOfIssuer(second));
    expect(events.filter(({ time }) => time.getTime() === gatehouse.now())).toHaveLength(1);
    expect(events[0]).toMatchObject({
      subjectType: 'issuer',
      actorType: 'api_key',
      details: { issuer: second },
    });
    expect(await answerTo(token(subject, { issuer: second }))).toBe('401 INVALID_TOKEN');
    expect(await answerTo(token(subject))).toBe(200);
    await setIssuerTokensValidFrom(second, nextSecond() + 60_000);
    const { body } = await asAdmin('issuers/sign-out', { issuer: second });
    expect(body.tokensValidFrom).toBe(new Date(nextSecond() + 60_000).toISOString());
  });

  it('is 404 for an issuer that is neither configured nor has users, and works for one that was removed', async () => {
    const known = 'https://removed.example.com';
    expect((await asAdmin('issuers/sign-out', { issuer: `${second}/` })).body.code).toBe('NOT_FOUND');
    expect((await asAdmin('issuers/sign-out', { issuer: known })).body.code).toBe('NOT_FOUND');
    const login = { issuer: known, subject: 'x', primary: false, email: null };
    await gatehouse.app.get(AccountsService).findByLogin(login, null);
    expect((await asAdmin('issuers/sign-out', { issuer: known })).status).toBe(200);
    for (const body of [{}, { issuer: '' }, { issuer: 'x'.repeat(1_001) }, { issuer: second, userId: 'x' }])
      expect((await asAdmin('issuers/sign-out', body)).body.code).toBe('VALIDATION_FAILED');
  });

  it('is rejected for everyone else', async () => {
    const headers = { authorization: `Bearer ${token(nextPerson())}` };
    for (const path of ['users/01900000-0000-7000-8000-000000000000/sign-out', 'issuers/sign-out'])
      expect(
        (await gatehouse.send('POST', `/api/v1/admin/${path}`, { headers, body: { issuer: second } })).status,
      ).toBe(403);
  });
});

it('answers 503 and not 401 while the database is out of reach', async () => {
  const subject = nextPerson();
  await me(token(subject));
  gatehouse.app.get(AccountsService).clear();
  const database = gatehouse.app.get(Database);
  const fault = new AuthError('DB_UNAVAILABLE');
  jest.spyOn(database, 'read').mockRejectedValue(fault);
  expect(await answerTo(token(subject))).toBe('503 DB_UNAVAILABLE');
  jest.restoreAllMocks();
  await me(token(subject));
  jest.spyOn(database, 'write').mockRejectedValue(fault);
  expect((await signOut(token(subject))).body.code).toBe('DB_UNAVAILABLE');
  jest.restoreAllMocks();
  expect(await answerTo(token(subject))).toBe(200);
});

it('a token of before a sign-out changes nothing, though it is still cached as valid', async () => {
  const subject = nextPerson();
  const headers = { authorization: `Bearer ${token(subject)}` };
  const { id } = (await gatehouse.send('POST', '/api/v1/api-keys', { headers, body: { name: 'x' } })).body;
  // By hand, so that nothing is dropped: as on a replica that is not informed yet.
  const tokensValidFrom = new Date(nextSecond());
  await gatehouse.app
    .get(Database)
    .write((manager) => manager.update(User, { subject }, { tokensValidFrom }));
  gatehouse.pass(2);
  for (const [method, path, body] of [
    ['POST', '/api/v1/tool-keys', { taskId: 't' }],
    ['POST', '/api/v1/auth/api-keys', undefined],
    ['POST', '/api/v1/api-keys', { name: 'y' }],
    ['DELETE', `/api/v1/api-keys/${id}`, undefined],
    ['POST', '/api/v1/auth/sign-out', undefined],
  ] as const) {
    const answer = await gatehouse.send(method, path, { headers, body });
    expect([path, answer.status, answer.body.code]).toEqual([path, 401, 'INVALID_TOKEN']);
  }
  expect((await userOf(subject))?.tokensValidFrom).toEqual(tokensValidFrom);
});

it('a token from the future is rejected after a sign-out, which it would outlast', async () => {
  const subject = nextPerson();
  const inMilliseconds = () => token(subject, { iat: gatehouse.now() });
  expect(await answerTo(inMilliseconds())).toBe(200);
  await signOut(token(subject));
  expect(await answerTo(inMilliseconds())).toBe('401 INVALID_TOKEN');
});

it('a clock that is ahead by up to 30 s dates a login after the sign-out that it follows, until the sign-out is repeated', async () => {
  const subject = nextPerson();
  const ahead = token(subject, { iat: gatehouse.now() / 1000 + 29 });
  const tooFarAhead = token(subject, { iat: gatehouse.now() / 1000 + 40 });
  await signOut(token(subject));
  expect([await answerTo(ahead), await answerTo(tooFarAhead)]).toEqual([200, '401 INVALID_TOKEN']);
  gatehouse.pass(30);
  expect((await signOut(ahead)).status).toBe(200);
  expect(await answerTo(ahead)).toBe('401 INVALID_TOKEN');
});

it('a client with a bounded token signs nobody out, also from code', async () => {
  const { body: user } = await me(token(nextPerson()));
  const client = { ...user, source: { type: 'jwt', boundedUntil: '2040-01-01T00:00:00.000Z' } };
  expect(() => gatehouse.app.get(SignOutsService).signOut(client)).toThrow(
    expect.objectContaining({ code: 'FORBIDDEN' }),
  );
});

describe('a tool key', () => {
  it('ends also if it was issued while the sign-out waited for its turn', async () => {
    const subject = nextPerson();
    const bearerHeaders = { authorization: `Bearer ${token(subject)}` };
    await me(token(subject));
    const database = gatehouse.app.get(Database);
    const write = database.write.bind(database);
    const request = { headers: bearerHeaders, body: { taskId: 'slow' } };
    let key = '';
    jest.spyOn(database, 'write').mockImplementationOnce(async (...args) => {
      gatehouse.pass(2);
      ({ key } = (await gatehouse.send('POST', '/api/v1/tool-keys', request)).body);
      return write(...args);
    });
    const { body } = await signOut(token(subject));
    expect(body.tokensValidFrom).toBe(new Date(nextSecond()).toISOString());
    const asAgent = { headers: { 'x-tool-key': key } };
    expect((await gatehouse.send('GET', '/api/v1/auth/me', asAgent)).status).toBe(401);
  });

  const outcomeOf = async (key: string) => {
    const { status, body } = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { 'x-tool-key': key },
    });
    return status === 200 ? 200 : `${status} ${body.code}`;
  };
  const issue = async (headers: Record<string, string>, taskId = 't') =>
    (await gatehouse.send('POST', '/api/v1/tool-keys', { headers, body: { taskId } })).body;
  const bearer = (subject: string) => ({ authorization: `Bearer ${token(subject)}` });

  it('ends with the sign-out of the person who issued it, with everything below it', async () => {
    const subject = nextPerson();
    const root = await issue(bearer(subject));
    const rootIssuedAt = gatehouse.now();
    gatehouse.pass(60);
    const child = await issue({ 'x-tool-key': root.key });
    for (const { key } of [root, child]) expect(await outcomeOf(key)).toBe(200);
    // Between the two: what counts is the login at the origin.
    await setTokensValidFrom(subject, rootIssuedAt + 1);
    for (const { key } of [root, child]) expect(await outcomeOf(key)).toBe('401 INVALID_TOOL_KEY');
    const { body } = await gatehouse.send('GET', '/api/v1/tool-keys', { headers: bearer(subject) });
    for (const listed of body.keys)
      expect([listed.status, listed.endedBecause]).toEqual(['ended', 'PARENT_REVOKED']);
    const fresh = await issue(bearer(subject));
    expect(await outcomeOf(fresh.key)).toBe(200);
  });

  it('says why in its explanation', async () => {
    const subject = nextPerson();
    const { id } = await issue(bearer(subject));
    await signOut(token(subject));
    gatehouse.pass(1);
    const { body } = await gatehouse.send('POST', '/api/v1/auth/explain', {
      headers: bearer(subject),
      body: { keyId: id, method: 'GET', path: '/api/v1/auth/me', ip: '203.0.113.9' },
    });
    expect(body.result).toMatchObject({ code: 'INVALID_TOOL_KEY', outcome: 'PARENT_REVOKED' });
    const failed = body.checks.filter(({ outcome }: { outcome: string }) => outcome === 'fail');
    expect(failed).toMatchObject([
      {
        check: 'sign_out',
        first: true,
        saw: { tokensValidFrom: new Date(nowSeconds() * 1000).toISOString() },
      },
    ]);
  });

  it('stays valid if an API key issued it, or another person, and ends with its issuer’s sign-out', async () => {
    const [subject, other] = [nextPerson(), nextPerson()];
    const { key } = (await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers: bearer(subject) }))
      .body;
    const [ofKey, ofOther, ofSecond] = [
      await issue({ 'x-api-key': key }),
      await issue(bearer(other)),
      await issue({ authorization: `Bearer ${token(subject, { issuer: second, iat: nowSeconds() + 20 })}` }),
    ];
    await signOut(token(subject));
    for (const each of [ofKey, ofOther, ofSecond]) expect(await outcomeOf(each.key)).toBe(200);
    await setIssuerTokensValidFrom(second, nextSecond());
    expect(await outcomeOf(ofSecond.key)).toBe('401 INVALID_TOOL_KEY');
    expect(await outcomeOf(ofOther.key)).toBe(200);
  });

  it('that ended so makes room in a full task', async () => {
    const subject = nextPerson();
    const keys = await Promise.all(Array.from({ length: 100 }, () => issue(bearer(subject), 'full')));
    expect(keys.every(({ key }) => typeof key === 'string')).toBe(true);
    expect((await issue(bearer(subject), 'full')).code).toBe('TOO_MANY_KEYS');
    await signOut(token(subject));
    gatehouse.pass(1);
    expect(await outcomeOf((await issue(bearer(subject), 'full')).key)).toBe(200);
  });
});
