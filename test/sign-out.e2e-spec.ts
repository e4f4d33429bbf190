import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { AccountsService } from '../src/identity/accounts.service.js';
import { idOfIssuer, Issuer } from '../src/identity/issuer.entity.js';
import { User } from '../src/identity/user.entity.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

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
  it('is rejected if it was issued before, whoever it is for, and creates no user', async () => {
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
