import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AuditTrail } from '../src/audit/audit-trail.js';
import {
  type CredentialHolder,
  type CredentialPlace,
  CustomCredential,
} from '../src/auth/custom/custom-credential.js';
import { DecisionCounts } from '../src/auth/decision/decision-counts.js';
import { documentSecurity } from '../src/auth/document-security.js';
import { OffboardingService } from '../src/api-keys/offboarding.service.js';
import { UsersService } from '../src/identity/users.service.js';
import { SignOutsService } from '../src/identity/sign-outs.service.js';
import { OwnersService } from '../src/identity/owners.service.js';
import { AuthError } from '../src/principal/auth-error.js';
import type { RequestOrigin } from '../src/principal/authenticated-user.js';
import { AuthTestingModule } from '../src/testing/auth-testing.module.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import type { Json } from './support/json.js';
import { type SeamHost, type SentHeaders, startSeamHost } from './support/seam-host.js';

const me = '/api/v1/auth/me';
const issuer = 'https://notes.example.com';

/** What the host knows, and what it was asked. */
@Injectable()
class HostLogins {
  readonly holders = new Map<string, CredentialHolder>();
  readonly asked: { readonly credential: string; readonly origin: RequestOrigin }[] = [];
  /** In place of the answer, where a test has one. */
  instead: (() => unknown) | undefined;

  find(credential: string, origin: RequestOrigin): CredentialHolder | undefined {
    this.asked.push({ credential, origin });
    if (this.instead !== undefined) return this.instead() as CredentialHolder;
    return this.holders.get(credential);
  }
}

@Injectable()
class Session extends CustomCredential {
  readonly name: string = 'session';
  readonly place: CredentialPlace = { cookie: 'sid' };

  constructor(private readonly logins: HostLogins) {
    super();
  }

  override async verify(credential: string, origin: RequestOrigin) {
    return this.logins.find(credential, origin);
  }
}

@Injectable()
class Certificate extends Session {
  override readonly name = 'certificate';
  override readonly place = { header: 'X-Client-Cert' };
  override readonly rememberedForSeconds = 60;
}

@Injectable()
class Basic extends Session {
  override readonly name = 'basic';
  override readonly place = { scheme: 'Basic' };
}

let document: Json;
let host: SeamHost;
let logins: HostLogins;
let ownerId: string;

const cookie = (sid: string) => ({ cookie: `theme=dark; sid=${sid}; lang=en` });
const person = (subject: string, more: Partial<CredentialHolder> = {}): CredentialHolder =>
  ({ person: { issuer, subject, email: `${subject}@example.com` }, ...more }) as CredentialHolder;
const program = (id: string, more: Partial<CredentialHolder> = {}): CredentialHolder =>
  ({ program: { id, ownerId }, ...more }) as CredentialHolder;

function documentOf({ app }: SeamHost): Json {
  return documentSecurity(app, SwaggerModule.createDocument(app, new DocumentBuilder().build())) as Json;
}

beforeAll(async () => {
  host = await startSeamHost({ credentials: [Session, Certificate, Basic] }, { providers: [HostLogins] });
  document = documentOf(host);
  logins = host.app.get(HostLogins);
  ownerId = (await host.send('GET', me, host.bearer())).body.ownerId;
});
afterEach(() => {
  logins.instead = undefined;
  logins.holders.clear();
});
afterAll(() => host.close());

describe('a custom credential', () => {
  it('acts as a user, who is created on the first login', async () => {
    logins.holders.set('s1', person('ada'));
    const { status, body } = await host.send('GET', me, cookie('s1'));
    expect([status, body]).toEqual([
      200,
      {
        userId: expect.any(String),
        ownerId: expect.any(String),
        email: 'ada@example.com',
        source: { type: 'custom', name: 'session', id: body.userId },
        role: null,
        scopes: ['*:*', 'api-keys:write', 'members:manage'],
        environment: null,
        actorChain: [
          { type: 'user', id: body.userId },
          { type: 'custom', id: 'session' },
        ],
      },
    ]);
    logins.holders.set('c1', person('ada'));
    const other = (await host.send('GET', me, { 'x-client-cert': 'c1' })).body;
    expect([other.userId, other.source.name]).toEqual([body.userId, 'certificate']);
    const { events } = await host.app.get(AuditTrail).find({ subjectId: body.userId }, { limit: 5 });
    expect(events).toMatchObject([{ type: 'created', actorType: 'custom' }]);
  });

  it('acts as the user of a JWT with the same issuer and subject', async () => {
    const bearer = host.bearer();
    const token = bearer.authorization.split('.')[1] as string;
    const { iss, sub } = JSON.parse(Buffer.from(token, 'base64url').toString());
    logins.holders.set('s2', { person: { issuer: iss, subject: sub } });
    const byJwt = (await host.send('GET', me, bearer)).body;
    expect((await host.send('GET', me, cookie('s2'))).body).toMatchObject({ userId: byJwt.userId, ownerId });
  });

  it('acts as a program of an owner, with exactly the given scopes', async () => {
    logins.holders.set('p0', program('build'));
    const { body } = await host.send('GET', me, { 'x-client-cert': 'p0' });
    expect(body).toMatchObject({
      userId: null,
      ownerId,
      scopes: [],
      source: { type: 'custom', name: 'certificate', id: 'build' },
      actorChain: [{ type: 'custom', id: 'certificate:build' }],
    });
    logins.holders.set('p1', program('build', { role: 'write_agent' }));
    expect(await host.verdict('GET', '/rooms/files', { 'x-client-cert': 'p1' })).toBe('200');
    expect(await host.verdict('GET', '/rooms/keys', { 'x-client-cert': 'p1' })).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    logins.holders.set('p2', program('root', { scopes: ['*:*', 'admin:*', 'api-keys:write'] }));
    const root = (await host.send('GET', me, { 'x-client-cert': 'p2' })).body;
    expect(root.scopes).toEqual(['*:*', 'api-keys:write']);
    expect(await host.verdict('GET', '/api/v1/admin/owners', { 'x-client-cert': 'p2' })).toBe(
      '403 FORBIDDEN',
    );
  });

  it('is admitted by the guards as what it stands for', async () => {
    logins.holders.set('ada', person('ada')).set('build', program('build'));
    const verdicts = (headers: SentHeaders) =>
      Promise.all(
        ['people', 'users', 'agents'].map((room) => host.verdict('GET', `/rooms/${room}`, headers)),
      );
    expect(await verdicts(cookie('ada'))).toEqual(['200', '200', '403 FORBIDDEN']);
    expect(await verdicts(cookie('build'))).toEqual(['403 FORBIDDEN', '200', '403 FORBIDDEN']);
    expect(await host.verdict('POST', '/api/v1/auth/token', cookie('ada'), { audience: 'x' })).toBe(
      '403 FORBIDDEN',
    );
  });

  it('creates keys and tool keys, which name it in their chain and in the audit trail', async () => {
    logins.holders
      .set('ada', person('ada'))
      .set('build', program('build', { scopes: ['*:*', 'api-keys:write'] }));
    for (const by of [cookie('ada'), cookie('build')]) {
      const { body: caller } = await host.send('GET', me, by);
      const made = await host.send('POST', '/api/v1/api-keys', by, { name: 'x', scopes: ['files:read'] });
      expect(made.status).toBe(201);
      const { events } = await host.app.get(AuditTrail).find({ subjectId: made.body.id }, { limit: 5 });
      expect(events).toMatchObject([{ type: 'created', actorType: 'custom', actorChain: caller.actorChain }]);
      const issued = await host.send('POST', '/api/v1/tool-keys', by, { taskId: 'task' });
      expect(issued.status).toBe(201);
      const agent = (await host.send('GET', me, { 'x-tool-key': issued.body.key })).body;
      expect([agent.ownerId, agent.actorChain.slice(0, -1)]).toEqual([caller.ownerId, caller.actorChain]);
    }
    expect(await host.verdict('POST', '/api/v1/auth/api-keys', cookie('ada'))).toBe('201');
    expect(await host.verdict('POST', '/api/v1/auth/api-keys', cookie('build'))).toBe('403 FORBIDDEN');
  });

  it('that is a program makes no key that is stronger than itself', async () => {
    logins.holders.set('build', program('build', { scopes: ['files:read', 'api-keys:write'] }));
    const make = (fields: object) =>
      host.verdict('POST', '/api/v1/api-keys', cookie('build'), { name: 'x', ...fields });
    expect(await make({ scopes: ['files:write'] })).toBe('403 INSUFFICIENT_SCOPE');
    expect(await make({ role: 'admin' })).toBe('403 INSUFFICIENT_SCOPE');
    expect(await make({ scopes: ['files:read'] })).toBe('201');
  });

  it('is rejected while its user is disabled, also while it is cached, and once the user is erased', async () => {
    logins.holders.set('leaver', person('leaver'));
    const all: SentHeaders[] = [cookie('leaver'), { 'x-client-cert': 'leaver' }];
    const verdicts = () => Promise.all(all.map((headers) => host.verdict('GET', me, headers)));
    expect(await verdicts()).toEqual(['200', '200']);
    const { userId } = (await host.send('GET', me, all[0])).body;
    const actor = { user: null, origin: null };
    const users = host.app.get(UsersService, { strict: false });
    const gone = ['401 USER_NOT_FOUND', '401 USER_NOT_FOUND'];
    await users.setEnabled(actor, userId, false);
    expect(await verdicts()).toEqual(gone);
    await users.setEnabled(actor, userId, true);
    expect(await verdicts()).toEqual(['200', '200']);
    await host.app.get(OffboardingService, { strict: false }).erase(actor, userId);
    expect(await verdicts()).toEqual(gone);
    expect(await users.find(userId)).toMatchObject({ email: null, issuer });
    expect(await users.count({ search: 'leaver@' })).toBe(0);
  });

  it('that holds less than its person makes, replaces and ends no personal key, which holds all', async () => {
    const path = '/api/v1/auth/api-keys';
    logins.holders.set('whole', person('reader')).set('listed', person('reader', { scopes: ['*:*'] }));
    const weaker = [
      { role: 'read_only' },
      { role: 'write_agent' },
      { scopes: [] },
      { scopes: ['api-keys:write'] },
    ];
    const changes = [
      ['POST', path],
      ['POST', `${path}/refresh`],
      ['DELETE', path],
    ] as const;
    const expectRejected = async () => {
      for (const less of weaker as Partial<CredentialHolder>[]) {
        logins.holders.set('less', person('reader', less));
        for (const [method, route] of changes)
          expect([method, await host.verdict(method, route, cookie('less'))]).toEqual([
            method,
            '403 FORBIDDEN',
          ]);
      }
    };
    await expectRejected();
    expect(await host.verdict('GET', path, cookie('less'))).toBe('404 NO_KEY');
    const { body } = await host.send('POST', path, cookie('listed'));
    await expectRejected();
    expect(await host.verdict('GET', me, { 'x-api-key': body.key })).toBe('200');
    expect(await host.verdict('DELETE', path, cookie('whole'))).toBe('200');
  });

  it('is rejected when its user or owner is disabled, also while it is cached', async () => {
    const owners = host.app.get(OwnersService);
    const { id } = await owners.create({ user: null, origin: null }, 'programs');
    logins.holders.set('c9', { program: { id: 'nightly', ownerId: id } });
    const ask = () => host.verdict('GET', me, { 'x-client-cert': 'c9' });
    expect(await ask()).toBe('200');
    await owners.setEnabled({ user: null, origin: null }, id, false);
    expect(await ask()).toBe('401 USER_NOT_FOUND');
    logins.holders.set('c8', { program: { id: 'nightly', ownerId: 'no-such-owner' } });
    expect(await host.verdict('GET', me, { 'x-client-cert': 'c8' })).toBe('401 USER_NOT_FOUND');
  });

  it('ends with a sign-out of its user if it says that it was issued before, also while it is cached', async () => {
    const now = Date.now();
    const of = (issuedAt?: number) =>
      ({ person: { issuer, subject: 'signed-out', issuedAt } }) as CredentialHolder;
    logins.holders
      .set('old', of(now - 60_000))
      .set('new', of(now + 60_000))
      .set('undated', of());
    const verdicts = () =>
      Promise.all(['old', 'new', 'undated'].map((sid) => host.verdict('GET', me, { 'x-client-cert': sid })));
    expect(await verdicts()).toEqual(['200', '200', '200']);
    const { userId } = (await host.send('GET', me, { 'x-client-cert': 'new' })).body;
    await host.app.get(SignOutsService, { strict: false }).signOutUser({ user: null, origin: null }, userId);
    expect(await verdicts()).toEqual(['401 INVALID_CREDENTIAL', '200', '200']);
  });

  it('that holds less than its person does not sign it out', async () => {
    const path = '/api/v1/auth/sign-out';
    logins.holders.set('less', person('ada', { scopes: ['files:read'] })).set('whole', person('ada'));
    expect(await host.verdict('POST', path, cookie('less'))).toBe('403 FORBIDDEN');
    expect(await host.verdict('POST', path, cookie('whole'))).toBe('200');
  });

  it('is for its own owner, whatever owner the request names', async () => {
    logins.holders.set('ada', person('ada')).set('build', program('build'));
    const { body } = await host.send('GET', me, cookie('ada'));
    expect(await host.verdict('GET', me, { ...cookie('ada'), 'x-owner-id': body.ownerId })).toBe('200');
    expect(await host.verdict('GET', me, { ...cookie('ada'), 'x-owner-id': ownerId })).toBe('403 FORBIDDEN');
    expect(await host.verdict('GET', me, { ...cookie('build'), 'x-owner-id': ownerId })).toBe('200');
    expect(await host.verdict('GET', me, { ...cookie('build'), 'x-owner-id': body.ownerId })).toBe(
      '403 FORBIDDEN',
    );
    await host.app.get(KeyUsage).flush();
    const { events } = await host.app
      .get(AuditTrail)
      .find({ subjectId: ownerId, type: 'refused' }, { limit: 1 });
    expect(events).toMatchObject([
      { actorType: 'custom', subjectType: 'owner', details: { reason: 'NOT_A_MEMBER' } },
    ]);
  });
});

describe('absent, bad and good', () => {
  it('a bad one is a 401 with a challenge, and anonymous on optional routes', async () => {
    const { status, body, headers } = await host.send('GET', me, cookie('forged'));
    expect([status, body.code]).toEqual([401, 'INVALID_CREDENTIAL']);
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="gatehouse", error="invalid_token", Basic realm="gatehouse"',
    );
    expect((await host.send('GET', me)).headers['www-authenticate']).toBe(
      'Bearer realm="gatehouse", Basic realm="gatehouse"',
    );
    expect((await host.send('GET', '/api/v1/auth/status', cookie('forged'))).body.authenticated).toBe(false);
  });

  it('they are tried after the others, in their order, and a bad one ends the request', async () => {
    logins.holders.set('ada', person('ada')).set('build', program('build'));
    const source = async (headers: SentHeaders) => {
      const { body } = await host.send('GET', me, headers);
      return body.code ?? body.source.name ?? body.source.type;
    };
    const both = { ...cookie('ada'), 'x-client-cert': 'build' };
    expect(await source({ ...both, ...host.bearer() })).toBe('jwt');
    expect(await source({ ...both, 'x-api-key': 'bad' })).toBe('INVALID_API_KEY');
    expect(await source({ ...both, 'x-tool-key': 'bad' })).toBe('session');
    expect(await source(both)).toBe('session');
    expect(await source({ ...cookie('bad'), 'x-client-cert': 'build' })).toBe('INVALID_CREDENTIAL');
    expect(await source({ cookie: 'theme=dark', 'x-client-cert': 'build' })).toBe('certificate');
    expect(await source({ cookie: 'xsid=ada; sidx=ada; SID=ada' })).toBe('MISSING_TOKEN');
  });

  it.each<[string, SentHeaders]>([
    ['a cookie twice', { cookie: 'sid=ada; sid=ada' }],
    ['a cookie in two fields', { cookie: ['sid=ada', 'sid=ada'] }],
    ['a header twice', { 'x-client-cert': ['ada', 'ada'] }],
    ['Authorization twice', { authorization: ['Basic ada', 'Basic ada'] }],
    ['an empty cookie', { cookie: 'sid=' }],
    ['an empty header', { 'x-client-cert': '' }],
    ['a scheme alone', { authorization: 'Basic' }],
  ])('%s is bad, and the application is not asked', async (_what, headers) => {
    logins.holders.set('ada', person('ada'));
    const before = logins.asked.length;
    expect(await host.verdict('GET', me, headers)).toMatch(/^401 INVALID_(CREDENTIAL|TOKEN)$/);
    expect(logins.asked).toHaveLength(before);
  });

  it.each<[string, SentHeaders, string]>([
    ['a scheme in any letters', { authorization: 'bASIC  YTpi' }, 'YTpi'],
    ['control characters', { 'x-client-cert': 'a\tb' }, 'a\tb'],
    ['the name of a prototype', { 'x-client-cert': '__proto__' }, '__proto__'],
    ['bytes', { 'x-client-cert': '\u00ff\u00fe' }, '\u00ff\u00fe'],
    ['what looks like a key', { cookie: 'sid=tk_abc' }, 'tk_abc'],
    ['an equals sign', { cookie: 'sid=a=b' }, 'a=b'],
  ])('the application sees %s exactly as sent, and where it came from', async (_what, headers, text) => {
    expect(await host.verdict('GET', me, { ...headers, 'user-agent': 'test' })).toBe(
      '401 INVALID_CREDENTIAL',
    );
    expect(logins.asked.at(-1)).toMatchObject({
      credential: text,
      origin: { ip: '127.0.0.1', userAgent: 'test' },
    });
  });

  it('another scheme is not ours, and a longer one is another', async () => {
    expect(await host.verdict('GET', me, { authorization: 'Digest a' })).toBe('401 MISSING_TOKEN');
    expect(await host.verdict('GET', me, { authorization: 'Basics a' })).toBe('401 MISSING_TOKEN');
  });

  it('is counted by its outcome', async () => {
    logins.holders.set('ada', person('ada'));
    const counts = () =>
      Object.fromEntries(
        [...host.app.get(DecisionCounts).entries()]
          .filter(([kind]) => kind === 'custom')
          .map(([, outcome, count]) => [outcome, count]),
      );
    const before = counts();
    await host.send('GET', me, cookie('ada'));
    await host.send('GET', me, cookie('bad'));
    expect(counts().VALID).toBe((before.VALID ?? 0) + 1);
    expect(counts().INVALID_CREDENTIAL).toBe((before.INVALID_CREDENTIAL ?? 0) + 1);
  });
});

describe('asking the application', () => {
  it('happens for each request by default, or as often as the cache time of the credential says', async () => {
    logins.holders.set('ada', person('ada'));
    const asked = async (headers: SentHeaders) => {
      const before = logins.asked.length;
      for (let count = 0; count < 3; count += 1) expect(await host.verdict('GET', me, headers)).toBe('200');
      return logins.asked.length - before;
    };
    expect(await asked(cookie('ada'))).toBe(3);
    expect(await asked({ 'x-client-cert': 'ada' })).toBe(1);
    logins.holders.clear();
    expect(await host.verdict('GET', me, cookie('ada'))).toBe('401 INVALID_CREDENTIAL');
    expect(await host.verdict('GET', me, { 'x-client-cert': 'ada' })).toBe('200');
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('sessions are gone');
      },
    ],
    [
      'throws a value that is no Error',
      () => {
        throw Object.create(null);
      },
    ],
    [
      'throws a rejection that is no 401',
      () => {
        throw new AuthError('FORBIDDEN');
      },
    ],
    ['answers true', () => true],
    ['returns no principal', () => ({})],
    ['answers both', () => ({ ...person('a'), ...program('b') })],
    ['answers no subject', () => ({ person: { issuer } })],
    ['answers a long subject', () => person('a'.repeat(256))],
    ['answers a long issuer', () => ({ person: { issuer: 'i'.repeat(1_001), subject: 'a' } })],
    ['answers no time', () => ({ person: { issuer, subject: 'a', issuedAt: NaN } })],
    ['answers no owner', () => ({ program: { id: 'a' } })],
    ['answers a credential as an id', () => program(`mk_live_${'a1'.repeat(25)}`)],
    ['answers a credential as a subject', () => person(`tk_${'a1'.repeat(25)}`)],
    ['answers an owner that is none', () => ({ program: { id: 'a', ownerId: '../acme' } })],
    [
      'answers 1,001 scopes',
      () => program('a', { scopes: Array.from({ length: 1_001 }, () => 'a:b' as const) }),
    ],
    ['makes an admin', () => person('a', { role: 'admin' as never })],
    ['answers a text for scopes', () => person('a', { scopes: '*:*' as never })],
  ])('that %s is a 503, never a 401 and never an open door', async (_what, fault) => {
    logins.instead = fault;
    const { status, body } = await host.send('GET', me, cookie('x'));
    expect([status, body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
    expect(JSON.stringify(body)).not.toMatch(/sessions|mk_live/);
  });

  it('that hangs is aborted after a while', async () => {
    logins.instead = () => new Promise(() => {});
    expect(await host.verdict('GET', me, cookie('x'))).toBe('503 AUTH_UNAVAILABLE');
  });

  it('can respond only with another 401', async () => {
    logins.instead = () => {
      throw new AuthError('EXPIRED_TOKEN', { message: 'session of ada', details: { sid: 'x' } });
    };
    const { status, body } = await host.send('GET', me, cookie('x'));
    expect([status, body.code]).toEqual([401, 'EXPIRED_TOKEN']);
    expect(JSON.stringify(body)).not.toMatch(/ada|sid/);
  });
});

it('too many bad ones from one address are not looked at any more, and good ones still are', async () => {
  const bounded = await startSeamHost(
    { credentials: [Session], failuresPerMinute: 3 },
    { providers: [HostLogins] },
  );
  const known = bounded.app.get(HostLogins);
  known.holders.set('ada', person('ada'));
  expect(await bounded.verdict('GET', me, cookie('ada'))).toBe('200');
  const guess = (sid: number) => bounded.verdict('GET', me, cookie(`guess-${sid}`));
  for (const sid of [1, 2, 3]) expect(await guess(sid)).toBe('401 INVALID_CREDENTIAL');
  const before = known.asked.length;
  const flood = await Promise.all(Array.from({ length: 20 }, (_, index) => guess(index + 4)));
  expect(new Set(flood)).toEqual(new Set(['429 RATE_LIMITED']));
  // One a second is looked up, so that a valid one that is not cached yet has a chance.
  expect(known.asked.length - before).toBeLessThan(10);
  expect(await bounded.verdict('GET', me, cookie('ada'))).toBe('200');
  await bounded.close();
});

it('of an expired session does not keep out others at the address, however often its tabs poll', async () => {
  const bounded = await startSeamHost(
    { credentials: [Session], failuresPerMinute: 3 },
    { providers: [HostLogins] },
  );
  const known = bounded.app.get(HostLogins);
  const poll = () => bounded.verdict('GET', me, cookie('expired'));
  const tabs = await Promise.all(Array.from({ length: 50 }, poll));
  expect(new Set(tabs)).toEqual(new Set(['401 INVALID_CREDENTIAL']));
  expect(known.asked.length).toBeLessThan(15);
  for (let one = 0; one < 40; one += 1) {
    known.holders.set(`person-${one}`, person(`person-${one}`));
    expect(await bounded.verdict('GET', me, cookie(`person-${one}`))).toBe('200');
    if (one % 10 === 0) await poll();
  }
  await bounded.close();
});

it('the text of a custom credential is in no log', async () => {
  const lines: string[] = [];
  const levels = (['error', 'warn', 'log', 'debug'] as const).map((level) =>
    jest.spyOn(Logger.prototype, level).mockImplementation((...line) => void lines.push(line.join(' '))),
  );
  const other = await startSeamHost({ credentials: [Session] }, { providers: [HostLogins] });
  const secret = 'hunter2hunter2';
  await other.send('GET', me, cookie(secret));
  other.app.get(HostLogins).instead = () => {
    throw new Error(`sid=${secret} token=${secret} is unreadable`);
  };
  await other.send('GET', me, cookie(secret));
  await other.close();
  for (const level of levels) level.mockRestore();
  expect(lines.join('\n')).toContain('Rejected: INVALID_CREDENTIAL, credential session');
  expect(lines.join('\n')).toContain('Credential session failed');
  expect(lines.join('\n')).not.toContain(secret);
});

it('is in the OpenAPI document, on the routes that take it', () => {
  expect(document.components.securitySchemes).toMatchObject({
    session: { type: 'apiKey', in: 'cookie', name: 'sid' },
    certificate: { type: 'apiKey', in: 'header', name: 'X-Client-Cert' },
    basic: { type: 'http', scheme: 'basic' },
  });
  const names = (path: string) =>
    document.paths[path].get.security.flatMap((one: object) => Object.keys(one));
  expect(names('/rooms/people').sort()).toEqual(['apiKey', 'basic', 'certificate', 'jwt', 'session']);
  expect(names('/rooms/agents')).toEqual(['toolKey']);
  expect(document.paths['/rooms/people'].get.responses['401'].description).toContain('INVALID_CREDENTIAL');
});

it('that cannot be used stops the start', async () => {
  class Misplaced extends Session {
    override readonly place = { header: 'Authorization' };
  }
  @Module({ providers: [HostLogins], exports: [HostLogins] })
  class LoginsModule {}
  const imports = [
    { module: LoginsModule, global: true },
    AuthTestingModule.forRoot({ credentials: [Misplaced] }),
  ];
  const options = { logger: false, abortOnError: false } as const;
  await expect(
    NestFactory.create({ module: class RootModule {}, imports }, new FastifyAdapter(), options),
  ).rejects.toThrow(
    'Misplaced: place is all of "authorization", which tokens and keys come in: write { scheme: \'Basic\' }',
  );
});
