import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import jwt from 'jsonwebtoken';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { CurrentUser, RequireRole } from '../src/auth/decorators.js';
import { Authenticated } from '../src/auth/guards.js';
import { Database } from '../src/database/database.js';
import { Owner, ownerIdOf, platformOwnerId } from '../src/identity/owner.entity.js';
import { OwnersService } from '../src/identity/owners.service.js';
import { User } from '../src/identity/user.entity.js';
import { UsersService } from '../src/identity/users.service.js';
import type { IssuerOptions } from '../src/jwt/issuers.js';
import { JwtVerifier } from '../src/jwt/jwt-verifier.js';
import type { TokenPerson } from '../src/jwt/token-person.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { Clock } from '../src/support/clock.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

/** As applications have it: it reads the roles of `request.user`. */
const Roles = (...roles: string[]) => SetMetadata('roles', roles);

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const roles = this.reflector.get<string[]>('roles', context.getHandler());
    const { user } = context.switchToHttp().getRequest();
    return roles.some((role) => user.roles?.includes(role));
  }
}

/** The documented mapping: what the application reads, beside the principal. */
@Injectable()
class UserOfApplication extends Authenticated {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAdmitted = await super.canActivate(context);
    const request = context.switchToHttp().getRequest();
    request.user = { ...request.user?.claims, id: Number(request.user?.subject), ...request.user };
    return isAdmitted;
  }
}

@Controller('app')
class AppController {
  @Get()
  @UseGuards(Authenticated)
  principal(@CurrentUser() user: AuthenticatedUser) {
    return { ...user, isFrozen: Object.isFrozen(user.claims) };
  }

  @Get('admins')
  @Roles('admin')
  @UseGuards(UserOfApplication, RolesGuard)
  admins(@CurrentUser() user: AuthenticatedUser) {
    return { owner: user.ownerId };
  }

  @Get('platform')
  @RequireRole('admin')
  @UseGuards(Authenticated)
  platform() {
    return {};
  }
}

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let instead: (() => unknown) | undefined;
const person = (claims: Readonly<Record<string, unknown>>) =>
  (instead === undefined
    ? { userId: claims.uid, ...(claims.person as object | undefined) }
    : instead()) as TokenPerson;
const issuerNamed = (issuer: string, more: object = {}): IssuerOptions => ({
  issuer,
  audience: 'api',
  publicKey: publicKey.export({ format: 'jwk' }),
  person,
  claims: ['roles', 'org'],
  ...more,
});
let gatehouse: Gatehouse;

const token = (iss: string, claims: object) =>
  jwt.sign({ iss, aud: 'api', sub: 'ignored', ...claims }, privateKey, {
    algorithm: 'ES256',
    expiresIn: 600,
  });
const send = (
  claims: object,
  { iss = 'first', path = '/app', method = 'GET', body = undefined as unknown } = {},
) => gatehouse.send(method, path, { headers: { authorization: `Bearer ${token(iss, claims)}` }, body });
const verdict = async (...sent: Parameters<typeof send>) => {
  const { status, body } = await send(...sent);
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
};
const addOwner = (id: string, disabledAt: Date | null = null) =>
  gatehouse.app
    .get(Database)
    .write((manager) => manager.insert(Owner, { id, name: id, disabledAt, createdAt: new Date() }));
const count = (entity: typeof Owner | typeof User) =>
  gatehouse.app.get(Database).read((manager) => manager.count<Owner | User>(entity));

beforeAll(async () => {
  gatehouse = await startGatehouse(
    {
      issuers: [
        issuerNamed('first'),
        issuerNamed('second'),
        issuerNamed('creating', { createOwners: true }),
        issuerNamed('plain', { person: undefined, claims: undefined }),
      ],
    },
    { controllers: [AppController], providers: [RolesGuard] },
  );
});
afterAll(() => gatehouse.close());

describe('the person of a token', () => {
  it('is a user by its id at the issuer, a number or its text, and another one at another issuer', async () => {
    const [number, text] = [await send({ uid: 1 }), await send({ uid: '1' })];
    const other = await send({ uid: 1 }, { iss: 'second' });
    expect(number.body).toMatchObject({ subject: '1', issuer: 'first' });
    expect(text.body.userId).toBe(number.body.userId);
    expect(other.body).toMatchObject({ subject: '1', issuer: 'second' });
    expect(other.body.userId).not.toBe(number.body.userId);
    expect(other.body.ownerId).not.toBe(number.body.ownerId);
  });

  it('acts for the owner of its tenant, which is there already', async () => {
    await addOwner('7');
    await addOwner(ownerIdOf('second', '7', false));
    const owners = await count(Owner);
    const first = (await send({ uid: 10, person: { ownerId: 7 } })).body;
    const second = (await send({ uid: 10, person: { ownerId: 7 } }, { iss: 'second' })).body;
    expect([first.ownerId, second.ownerId]).toEqual(['7', ownerIdOf('second', '7', false)]);
    // Each of the two people also has an owner of its own.
    expect(await count(Owner)).toBe(owners + 2);
  });

  it('no longer acts for a tenant that its token does not name, also if it was the first', async () => {
    await addOwner('left');
    const before = (await send({ uid: 14, person: { ownerId: 'left' } })).body;
    const after = (await send({ uid: 14 })).body;
    expect(before.ownerId).toBe('left');
    expect(after.userId).toBe(before.userId);
    expect(after.ownerId).not.toBe('left');
  });

  it('acts for each of its tenants by the token, with one user', async () => {
    await addOwner('a');
    await addOwner('b');
    const bodies = [];
    for (const ownerId of ['a', 'b', 'a'])
      bodies.push((await send({ uid: 11, person: { ownerId } })).body as { userId: string; ownerId: string });
    expect(bodies.map(({ ownerId }) => ownerId)).toEqual(['a', 'b', 'a']);
    expect(new Set(bodies.map(({ userId }) => userId)).size).toBe(1);
    const made = await send(
      { uid: 11, person: { ownerId: 'b' } },
      { path: '/api/v1/api-keys', method: 'POST', body: { name: 'b', scopes: ['files:read'] } },
    );
    const byKey = await gatehouse.send('GET', '/app', { headers: { 'x-api-key': made.body.key } });
    expect([made.status, byKey.body.ownerId]).toEqual([201, 'b']);
  });

  it.each<[string, () => Promise<object>]>([
    ['an unknown tenant', async () => ({ ownerId: 'unknown' })],
    ['the platform', async () => ({ ownerId: platformOwnerId })],
    ['a disabled owner', async () => (await addOwner('gone', new Date()), { ownerId: 'gone' })],
  ])('is rejected for %s, and nobody is created', async (_what, tenant) => {
    const sent = { uid: 12, person: await tenant() };
    const before = [await count(Owner), await count(User)];
    expect(await verdict(sent)).toBe('401 USER_NOT_FOUND');
    expect([await count(Owner), await count(User)]).toEqual(before);
  });

  it('is no one for a tenant that ends: its owner is disabled', async () => {
    await addOwner('ending');
    const sent = { uid: 13, person: { ownerId: 'ending' } };
    expect(await verdict(sent)).toBe('200');
    await gatehouse.app.get(OwnersService).setEnabled({ user: null, origin: null }, 'ending', false);
    expect(await verdict(sent)).toBe('401 USER_NOT_FOUND');
  });

  it('creates the owner of a tenant where the options allow it: one, when many come at once', async () => {
    const all = Array.from({ length: 30 }, (_, uid) =>
      send({ uid: 100 + (uid % 10), person: { ownerId: 'new' } }, { iss: 'creating' }),
    );
    const bodies = (await Promise.all(all)).map(({ body }) => body);
    const id = ownerIdOf('creating', 'new', false);
    expect(new Set(bodies.map(({ ownerId }) => ownerId))).toEqual(new Set([id]));
    const known = (await send({ uid: 100, person: { ownerId: 'later' } }, { iss: 'creating' })).body;
    expect([known.userId, known.ownerId]).toEqual([bodies[0].userId, ownerIdOf('creating', 'later', false)]);
    const events = await gatehouse.app
      .get(Database)
      .read((manager) => manager.findBy(AuditEvent, { subjectId: id }));
    expect(events.map(({ type, subjectType }) => `${subjectType} ${type}`)).toEqual(['owner created']);
  });

  it('creates no owner for a disabled user', async () => {
    const login = (tenant: string) => verdict({ uid: 110, person: { ownerId: tenant } }, { iss: 'creating' });
    const { userId } = (await send({ uid: 110, person: { ownerId: 'new' } }, { iss: 'creating' })).body;
    await gatehouse.app.get(UsersService).setEnabled({ user: null, origin: null }, userId, false);
    const owners = await count(Owner);
    expect([await login('new'), await login('unknown')]).toEqual([
      '401 USER_NOT_FOUND',
      '401 USER_NOT_FOUND',
    ]);
    expect(await count(Owner)).toBe(owners);
  });
});

describe('what a person may do', () => {
  it.each<[object, string | null, string[]]>([
    [{}, null, ['*:*', 'api-keys:write', 'members:manage']],
    [{ role: null, scopes: null }, null, ['*:*', 'api-keys:write', 'members:manage']],
    [{ role: 'read_only' }, 'read_only', ['*:read']],
    [{ role: 'read_only', scopes: ['files:write'] }, 'read_only', ['files:write']],
    [{ scopes: ['*:*', 'admin:*', 'members:write'] }, null, ['*:*']],
    [{ scopes: [] }, null, []],
  ])('%j', async (given, role, scopes) => {
    const { body } = await send({ uid: 20, person: given });
    expect([body.role, body.scopes]).toEqual([role, scopes]);
    expect(await verdict({ uid: 20, person: given }, { path: '/app/platform' })).toBe('403 FORBIDDEN');
  });

  it('is no more than the scopes of a bounded token', async () => {
    const bounded = { uid: 20, scope: 'files:read files:write', person: { role: 'read_only' } };
    const { body } = await send(bounded, { path: '/api/v1/auth/me' });
    expect([body.role, body.scopes]).toEqual([null, ['files:read']]);
  });

  it('with less than all, makes no personal key, no stronger key, and signs nobody out', async () => {
    const weak = { uid: 21, person: { scopes: ['files:read', 'api-keys:write'] } };
    const post = (path: string, body?: object) => verdict(weak, { path, method: 'POST', body });
    expect(await post('/api/v1/auth/api-keys')).toBe('403 FORBIDDEN');
    expect(await post('/api/v1/auth/sign-out')).toBe('403 FORBIDDEN');
    expect(await post('/api/v1/api-keys', { name: 'x', scopes: ['files:write'] })).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(await post('/api/v1/api-keys', { name: 'x', scopes: ['files:read'] })).toBe('201');
    expect(await verdict({ uid: 21 }, { path: '/api/v1/auth/api-keys', method: 'POST' })).toBe('201');
  });

  it.each<[string, () => unknown]>([
    ['the role of the platform', () => ({ userId: 1, role: 'admin' })],
    ['a role of the application', () => ({ userId: 1, role: 'editor' })],
    ['no userId', () => ({ role: null })],
    ['an undefined userId', () => ({ userId: undefined })],
    ['an undefined role', () => ({ userId: 1, role: undefined })],
    ['an undefined ownerId', () => ({ userId: 1, ownerId: undefined })],
    ['an empty userId', () => ({ userId: '' })],
    ['a fraction', () => ({ userId: 1.5 })],
    ['a number that is not exact', () => ({ userId: 2 ** 53 })],
    ['a long userId', () => ({ userId: 'x'.repeat(256) })],
    ['a control character', () => ({ userId: 'a\u0000b' })],
    ['an object as userId', () => ({ userId: {} })],
    ['no scope', () => ({ userId: 1, scopes: ['files'] })],
    ['too many scopes', () => ({ userId: 1, scopes: Array.from({ length: 501 }, (_, n) => `a:b${n}`) })],
    ['an unknown field', () => ({ userId: 1, roles: [] })],
    ['a text', () => '1'],
    ['a list', () => [1]],
    ['a promise', () => Promise.resolve({ userId: 1 })],
    ['a rejected promise', () => Promise.reject(new Error('x'))],
    [
      'an error',
      () => {
        throw new Error('boom');
      },
    ],
  ])('is 503 where `person` returns %s', async (_what, does) => {
    instead = does;
    const answer = await send({ uid: 30 });
    instead = undefined;
    expect([answer.status, answer.body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
    expect(answer.text).not.toContain('boom');
  });

  it.each([undefined, null])('is 401 where `person` returns %s', async (nobody) => {
    instead = () => nobody;
    expect(await verdict({ uid: 30 })).toBe('401 USER_NOT_FOUND');
    instead = undefined;
  });
});

describe('the claims of the principal', () => {
  const claims = {
    uid: 40,
    roles: ['admin', { deep: ['x'] }],
    org: 'acme',
    secret: 'not named',
    email: 'a@b.c',
  };

  it('are those that the options name, frozen', async () => {
    const { body } = await send(claims);
    expect([body.claims, body.isFrozen]).toEqual([{ roles: ['admin', { deep: ['x'] }], org: 'acme' }, true]);
    expect((await send({ uid: 40 })).body.claims).toBeUndefined();
    const plain = (await send({ ...claims, sub: 'ada' }, { iss: 'plain' })).body;
    expect([plain.claims, plain.subject, plain.issuer]).toEqual([undefined, 'ada', 'plain']);
  });

  it.each([
    ['long', { org: 'x'.repeat(4_097) }],
    ['many', { roles: Array.from({ length: 600 }, () => 1) }],
    ['deep', { roles: JSON.parse('['.repeat(20) + ']'.repeat(20)) }],
  ])('that are too %s are 401', async (_what, more) => {
    expect(await verdict({ uid: 40, ...more })).toBe('401 INVALID_TOKEN');
  });

  it('are shown by no route of Gatehouse, and are in no event', async () => {
    const marked = { ...claims, uid: 41, org: 'marked-claim' };
    const bearer = token('first', marked);
    for (const path of ['/api/v1/auth/me', '/api/v1/auth/status', '/api/v1/auth/check']) {
      const { text, headers } = await send(marked, { path });
      expect(text + JSON.stringify(headers)).not.toMatch(/marked-claim|"claims"/);
    }
    const body = { token: bearer, method: 'GET', path: '/app' };
    const explained = await send(marked, { path: '/api/v1/auth/explain', method: 'POST', body });
    expect([explained.status, explained.text]).toEqual([200, expect.not.stringContaining('marked-claim')]);
    await send(marked, { path: '/api/v1/auth/api-keys', method: 'POST' });
    const events = await gatehouse.app.get(Database).read((manager) => manager.find(AuditEvent));
    expect(JSON.stringify(events)).not.toContain('marked-claim');
  });

  it('reach the RolesGuard of the application by the documented mapping, and decide nothing here', async () => {
    expect(await verdict(claims, { path: '/app/admins' })).toBe('200');
    expect(await verdict({ uid: 40, roles: ['editor'] }, { path: '/app/admins' })).toBe('403 FORBIDDEN');
    const forged = { uid: 42, roles: { ownerId: '7', scopes: ['admin:*'] }, org: 'x' };
    expect(await verdict(forged, { path: '/app/platform' })).toBe('403 FORBIDDEN');
  });
});

it.each([
  [{ person: 'sub' }, /person must be a function/],
  [{ createOwners: 'yes' }, /createOwners must be/],
  [{ claims: 'roles' }, /claims must be a list/],
  [{ claims: ['__proto__'] }, /claims must be a list/],
  [{ claims: [''] }, /claims must be a list/],
  [{ claims: Array.from({ length: 21 }, (_, index) => `c${index}`) }, /claims must be a list/],
])('options that cannot be meant stop the start: %j', (options, expected) => {
  expect(() => new JwtVerifier([issuerNamed('x', options)], new Clock())).toThrow(expected);
});
