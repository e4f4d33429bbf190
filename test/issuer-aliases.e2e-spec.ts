import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { Database } from '../src/database/database.js';
import { Owner } from '../src/identity/owner.entity.js';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { User } from '../src/identity/user.entity.js';
import { JwtVerifier } from '../src/jwt/jwt-verifier.js';
import { Clock } from '../src/support/clock.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { startReplica } from './support/second-replica.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [login, sso, old, other] = ['login', 'sso', 'old', 'other'].map(
  (name) => `https://${name}.example.com`,
) as [string, string, string, string];
const issuer = {
  issuer: login,
  aliases: [sso, old],
  audience: 'api',
  publicKey: publicKey.export({ format: 'jwk' }),
};
let gatehouse: Gatehouse;

const token = (subject: string, iss: string, claims: object = {}) =>
  jwt.sign({ email: `${subject}@example.com`, ...claims }, privateKey, {
    algorithm: 'ES256',
    issuer: iss,
    audience: 'api',
    subject,
    expiresIn: 600,
  });
const me = (bearer: string, at = gatehouse) =>
  at.send('GET', '/api/v1/auth/me', { headers: { authorization: `Bearer ${bearer}` } });
const count = (subject: string) =>
  gatehouse.app.get(Database).read(async (manager) => ({
    users: await manager.countBy(User, { subject }),
    owners: await manager.countBy(Owner, { name: `${subject}@example.com` }),
  }));
const admin = () => ({ 'x-api-key': gatehouse.adminKey });

beforeAll(async () => {
  gatehouse = await startGatehouse({ issuers: [issuer, { ...issuer, issuer: other, aliases: [] }] });
});
afterAll(() => gatehouse.close());

describe('the first login of a subject that is known from another issuer', () => {
  it('is a new user, with one warning that names both and no person', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await me(token('dora', login));
    const known = (await me(token('dora', login))).body;
    const first = await Promise.all(Array.from({ length: 5 }, () => me(token('dora', other))));
    expect(new Set(first.map(({ body }) => body.userId)).size).toBe(1);
    expect(first[0]?.body.userId).not.toBe(known.userId);
    const said = warn.mock.calls
      .map(([text]) => String(text))
      .filter((text) => text.includes('is known from'));
    warn.mockRestore();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(`${login} (user ${known.userId}) signs in with ${other}`);
    expect(said[0]).not.toContain('dora');
  });
});

describe('an alias of an issuer', () => {
  it('is the same issuer: same users, same owners, stored under its name', async () => {
    const bodies = [];
    for (const name of [sso, login, old]) bodies.push((await me(token('ada', name))).body);
    expect(bodies[1]).toEqual(bodies[0]);
    expect(bodies[2]).toEqual(bodies[0]);
    expect(await count('ada')).toEqual({ users: 1, owners: 1 });
    const user = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findOneBy(User, { subject: 'ada' }));
    expect(user?.issuer).toBe(login);
  });

  it('gives one owner when first logins through two names race, in two processes', async () => {
    const replica = await startReplica(gatehouse);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        me(token('racer', index % 2 ? sso : login), index % 4 < 2 ? gatehouse : replica),
      ),
    );
    await replica.close();
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 200));
    expect(new Set(answers.map(({ body }) => `${body.userId} ${body.ownerId}`)).size).toBe(1);
    expect(await count('racer')).toEqual({ users: 1, owners: 1 });
  });

  it('finds users who are stored under it, from before the issuer was renamed', async () => {
    const before = await me(token('bob', login));
    const database = gatehouse.app.get(Database);
    await database.write((manager) => manager.update(User, { subject: 'bob' }, { issuer: old }));
    const after = await me(token('bob', sso));
    expect([after.body.userId, await count('bob')]).toEqual([before.body.userId, { users: 1, owners: 1 }]);
  });

  it.each([login, old])('is signed out with its issuer, by the name %s', async (name) => {
    const iat = Math.floor(gatehouse.now() / 1000);
    const tokens = [login, sso, old].map((one) => token('carol', one, { iat }));
    for (const one of tokens) expect((await me(one)).status).toBe(200);
    const answer = await gatehouse.send('POST', '/api/v1/admin/issuers/sign-out', {
      headers: admin(),
      body: { issuer: name },
    });
    expect(answer.status).toBe(200);
    for (const one of tokens) expect((await me(one)).body.code).toBe('INVALID_TOKEN');
    gatehouse.pass(2);
    const later = token('carol', sso, { iat: Math.floor(gatehouse.now() / 1000) });
    expect((await me(later)).status).toBe(200);
  });
});

it('tokens of an issuer that was signed out before it became an alias stay rejected, for known users too', async () => {
  const iat = Math.floor(gatehouse.now() / 1000);
  const before = token('erin', old, { iat });
  expect((await me(token('erin', login, { iat }))).status).toBe(200);
  expect((await me(before)).status).toBe(200);
  await gatehouse.app
    .get(SignOutsService)
    .signOutIssuer({ user: null, origin: null }, { issuer: old, isConfigured: true });
  gatehouse.pass(2);
  expect((await me(before)).body.code).toBe('INVALID_TOKEN');
  expect((await me(token('erin', old, { iat: iat + 2 }))).status).toBe(200);
});

describe('an alias', () => {
  it.each([
    ['an alias of another issuer', [issuer, { ...issuer, issuer: other, aliases: [sso] }]],
    ['the name of another issuer', [{ ...issuer, issuer: other }, issuer]],
    ['its own name', [{ ...issuer, aliases: [login] }]],
    ['said twice', [{ ...issuer, aliases: [sso, sso] }]],
    ['empty', [{ ...issuer, aliases: [''] }]],
    ['no list', [{ ...issuer, aliases: sso as never }]],
  ])('stops the start if it is %s', (_what, issuers) => {
    expect(() => new JwtVerifier(issuers, new Clock())).toThrow(/same issuer|empty|must be a list/);
  });
});
