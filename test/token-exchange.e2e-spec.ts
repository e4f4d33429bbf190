import { describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Owner } from '../src/identity/owner.entity.js';
import { Clock } from '../src/support/clock.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { by, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';
import {
  exchangeByForm,
  exchangeByJson,
  exchangeByText,
  grantType,
  verifyOffline,
} from './support/token-exchange.js';

const { gatehouse, agents } = serveAgents();

const audience = 'https://billing.example.com';
const path = '/api/v1/auth/token';
const form = (headers: Record<string, string>, request: Record<string, string> = {}) =>
  exchangeByForm(gatehouse, headers, { audience, ...request });
const json = (headers: Record<string, string>, request: object = {}) =>
  exchangeByJson(gatehouse, headers, { audience, ...request });
const now = () => gatehouse.app.get(Clock).now() / 1000;
const jwks = async () => (await gatehouse.send('GET', '/.well-known/jwks.json')).body;
const verified = async (token: string, forAudience = audience) =>
  verifyOffline(token, await jwks(), forAudience, now());
const personal = async (email: string) => by((await createPersonalKey(gatehouse, email)).key);
const meOf = async (headers: Record<string, string>) => (await agents.me(headers)).body;

describe('POST /api/v1/auth/token', () => {
  it('gives a program, by form or JSON, a token that other services verify with the published keys', async () => {
    const { id, key } = await agents.serviceKey({ scopes: ['files:*', 'reports:read'], environment: 'test' });
    const { ownerId } = await meOf(by(key));
    for (const ask of [form, json]) {
      const answer = await ask(by(key), {
        scope: 'files:read reports:read',
        requested_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      });
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
      const { access_token: token, ...rest } = answer.body;
      expect(rest).toEqual({
        issued_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        token_type: 'Bearer',
        expires_in: 300,
        scope: 'files:read reports:read',
      });
      const { header, iat, exp, jti, ...claims } = await verified(token);
      expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: (await jwks()).keys[0].kid });
      expect(claims).toEqual({
        iss: 'gatehouse',
        aud: audience,
        sub: ownerId,
        client_id: id,
        scope: 'files:read reports:read',
        act: { sub: id, type: 'api_key', sub_profile: 'service' },
        'urn:gatehouse:owner': ownerId,
        'urn:gatehouse:environment': 'test',
      });
      expect([(exp ?? 0) - (iat ?? 0), iat, typeof jti]).toEqual([300, Math.floor(now()), 'string']);
    }
  });

  it('is about the user for a personal key, which acts as that user', async () => {
    const headers = await personal('subject@example.com');
    const { userId, ownerId, source } = await meOf(headers);
    const { body } = await form(headers);
    expect(body.scope).toBe('*:*');
    expect(await verified(body.access_token)).toMatchObject({
      sub: userId,
      act: { sub: source.keyId, type: 'api_key', sub_profile: 'service' },
      'urn:gatehouse:owner': ownerId,
    });
  });

  it('names the actor chain: user, key, tool key, tool key', async () => {
    const headers = await personal('chain@example.com');
    const { userId, ownerId, source } = await meOf(headers);
    const [outer, inner] = await agents.issueLine(headers, 2, { scopes: ['files:read'] });
    const { body } = await form(by(inner!.key));
    const { sub, act, client_id: client, scope } = await verified(body.access_token);
    expect({ sub, client, scope }).toEqual({ sub: ownerId, client: inner!.id, scope: 'files:read' });
    expect(act).toEqual({
      sub: inner!.id,
      type: 'tool_key',
      sub_profile: 'ai_agent',
      act: {
        sub: outer!.id,
        type: 'tool_key',
        sub_profile: 'ai_agent',
        act: {
          sub: source.keyId,
          type: 'api_key',
          sub_profile: 'service',
          act: { sub: userId, type: 'user', sub_profile: 'user' },
        },
      },
    });
  });

  it('gives the requested scopes, each once, by default all of the key and never more', async () => {
    const { key } = await agents.serviceKey({ scopes: ['files:*', 'reports:read'] });
    expect((await json(by(key))).body.scope).toBe('files:* reports:read');
    expect((await json(by(key), { scope: 'files:read files:read' })).body.scope).toBe('files:read');
    const deeper = await json(by(key), { scope: 'files:Archive:2030:read files:*:read' });
    expect(deeper.body.scope).toBe('files:Archive:2030:read files:*:read');
    const more = await form(by(key), { scope: 'files:read reports:write *:read' });
    expect(more.status).toBe(403);
    expect(more.headers['www-authenticate']).toContain('error="insufficient_scope"');
    expect(more.body).toMatchObject({
      code: 'INSUFFICIENT_SCOPE',
      error: 'invalid_scope',
      error_description: more.body.message,
      details: { path: 'scope', missing: ['reports:write', '*:read'] },
    });
    const admin = await json(await personal('no-admin@example.com'), { scope: 'api-keys:write' });
    expect(verdictOf(admin)).toBe('403 INSUFFICIENT_SCOPE');
  });

  it.each<[string, Record<string, string>, string]>([
    ['no audience', { audience: '' }, 'invalid_request'],
    ['a key for an audience', { audience: `x tk_${'a'.repeat(49)}` }, 'invalid_request'],
    ['a line break in the audience', { audience: 'a\nb' }, 'invalid_request'],
    ['an audience that is too long', { audience: 'a'.repeat(256) }, 'invalid_request'],
    ['the audience of this service', { audience: 'gatehouse' }, 'invalid_target'],
    ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['no grant', { grant_type: '' }, 'invalid_request'],
    ['59 seconds', { ttlSeconds: '59' }, 'invalid_request'],
    ['901 seconds', { ttlSeconds: '901' }, 'invalid_request'],
    ['a text for seconds', { ttlSeconds: 'long' }, 'invalid_request'],
    ['fractions of seconds', { expires_in: '60.5' }, 'invalid_request'],
    ['two lifetimes', { expires_in: '60', ttlSeconds: '60' }, 'invalid_request'],
    ['a malformed scope', { scope: 'files' }, 'invalid_scope'],
    ['a scope of nine parts', { scope: 'a:b:c:d:e:f:g:h:i' }, 'invalid_scope'],
    ['an empty scope', { scope: '' }, 'invalid_scope'],
    ['a space as a scope', { scope: ' ' }, 'invalid_scope'],
    ['two spaces between scopes', { scope: 'files:read  files:write' }, 'invalid_scope'],
    [
      'another type of token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:saml2' },
      'invalid_request',
    ],
    ['an actor token', { actor_token: 'x' }, 'invalid_request'],
    ['a resource', { resource: 'https://billing.example.com' }, 'invalid_request'],
    ['a misspelled scope', { scopes: 'files:read' }, 'invalid_request'],
    ['__proto__', { ['__proto__']: 'x' }, 'invalid_request'],
    ['a subject token without its type', { subject_token: 'x' }, 'invalid_request'],
  ])('rejects %s', async (_what, request, error) => {
    const { status, body } = await form(by((await agents.serviceKey()).key), request);
    expect([status, body.code, body.error]).toEqual([400, 'VALIDATION_FAILED', error]);
    const [{ path }] = body.details;
    expect(body.error_description.startsWith(`${path}: `)).toBe(true);
    expect(body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,1000}$/);
  });

  it.each<[Record<string, string>, string]>([
    [{ ttlSeconds: '-1' }, 'ttlSeconds: must be a whole number from 60 to 900'],
    [{ expires_in: 'NaN' }, 'expires_in: must be a whole number from 60 to 900'],
    [{ grant_type: 'password' }, `grant_type: must be ${grantType} or client_credentials`],
    [{ '"über"\\': 'x' }, "'?ber'?: This field does not exist."],
  ])('says which parameter is wrong: %j', async (request, description) => {
    const { body } = await form(by((await agents.serviceKey()).key), request);
    expect(body.error_description).toBe(description);
  });

  it('says that the audience is missing', async () => {
    const { body } = await exchangeByText(
      gatehouse,
      by((await agents.serviceKey()).key),
      `grant_type=${encodeURIComponent(grantType)}`,
    );
    expect(body).toMatchObject({
      error_description: 'audience: is missing',
      details: [{ path: 'audience', message: 'is missing' }],
    });
  });

  it('takes each parameter once, as text', async () => {
    const headers = by((await agents.serviceKey()).key);
    const once = `grant_type=${encodeURIComponent(grantType)}&audience=a`;
    expect((await exchangeByText(gatehouse, headers, once)).status).toBe(200);
    const twice = await exchangeByText(gatehouse, headers, `${once}&audience=b`);
    expect([verdictOf(twice), twice.body.error]).toEqual(['400 VALIDATION_FAILED', 'invalid_request']);
    for (const request of [
      { audience: ['a', 'b'] },
      { audience: 7 },
      { ttlSeconds: true },
      { ttlSeconds: [60] },
      { scope: ['files:read'] },
    ])
      expect(verdictOf(await json(headers, request))).toBe('400 VALIDATION_FAILED');
    const types = [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded; charset=utf-16',
    ];
    for (const type of types) {
      const { status, body } = await exchangeByText(gatehouse, { ...headers, 'content-type': type }, once);
      expect([status, body.error]).toEqual([415, 'invalid_request']);
    }
    const broken = await gatehouse.send('POST', path, { headers, body: '{' });
    expect([verdictOf(broken), broken.body.error]).toEqual(['400 VALIDATION_FAILED', 'invalid_request']);
  });

  it('is the only route that takes forms', async () => {
    for (const other of ['/api/v1/tool-keys', '/api/v1/api-keys', '/api/v1/auth/api-keys']) {
      const headers = { ...gatehouse.bearer(), 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await gatehouse.send('POST', other, { headers, body: 'taskId=x' });
      expect(verdictOf(answer)).toBe('415 UNSUPPORTED_MEDIA_TYPE');
      expect(answer.body).not.toHaveProperty('error');
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(verdictOf(await gatehouse.send('POST', '/nowhere', { headers, body: 'a=b' }))).toBe(
      '404 NOT_FOUND',
    );
  });

  it('takes the key from a header only; a standard client may repeat it in the form', async () => {
    const { key } = await agents.serviceKey();
    const { key: other } = await agents.serviceKey();
    const type = 'urn:ietf:params:oauth:token-type:access_token';
    const naming = (subject: string) => ({ subject_token: subject, subject_token_type: type });
    expect(
      (await form({ authorization: `Bearer ${key}` }, { ...naming(key), client_id: 'cli' })).status,
    ).toBe(200);
    const foreign = await form(by(key), naming(other));
    expect([verdictOf(foreign), foreign.body.error]).toEqual(['400 VALIDATION_FAILED', 'invalid_request']);
    expect(foreign.text).not.toContain(other);
    const alone = await form({}, naming(key));
    expect([verdictOf(alone), alone.body.error]).toEqual(['401 MISSING_TOKEN', 'invalid_client']);
    const query = await gatehouse.send('POST', `${path}?subject_token=${key}`, { body: { audience } });
    expect(verdictOf(query)).toBe('401 MISSING_TOKEN');
    const tool = await agents.issue();
    const headers = { 'x-tool-key': `tk_${'x'.repeat(49)}`, authorization: `Bearer ${tool.key}` };
    expect(verdictOf(await form(headers, naming(tool.key)))).toBe('400 VALIDATION_FAILED');
  });

  it('rejects the JWT of a person', async () => {
    const answer = await form(gatehouse.bearer());
    expect([verdictOf(answer), answer.body.error]).toEqual(['403 FORBIDDEN', 'unauthorized_client']);
    const bad = await form(by('mk_live_nonsense'));
    expect([verdictOf(bad), bad.body.error]).toEqual(['401 INVALID_API_KEY', 'invalid_client']);
  });
});

describe('the lifetime of a token', () => {
  it.each(['ttlSeconds', 'expires_in'])('is what %s requests, 60 to 900 seconds', async (name) => {
    const { key } = await agents.serviceKey();
    for (const seconds of [60, 900]) {
      for (const answer of [
        await json(by(key), { [name]: seconds }),
        await form(by(key), { [name]: String(seconds) }),
      ]) {
        const { iat, exp } = await verified(answer.body.access_token);
        expect([answer.body.expires_in, (exp ?? 0) - (iat ?? 0)]).toEqual([seconds, seconds]);
      }
    }
  });

  it('ends no later than the key', async () => {
    const end = Math.floor(now()) + 100;
    const { key } = await agents.serviceKey({ expiresAt: new Date(end * 1000).toISOString() });
    const { body } = await json(by(key), { ttlSeconds: 900 });
    expect((await verified(body.access_token)).exp).toBe(end);
    const tool = await agents.issue(by(key), { ttlSeconds: 50 });
    expect((await json(by(tool.key), { ttlSeconds: 900 })).body.expires_in).toBe(50);
  });

  it('ends no later than a lease, its own or one of an ancestor, and a heartbeat extends it', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 20 });
    const child = await agents.issue(parent, { heartbeatSeconds: 100 });
    const left = async (key: string) => (await json(by(key), { ttlSeconds: 900 })).body.expires_in as number;
    expect([await left(parent.key), await left(child.key)]).toEqual([60, 60]);
    gatehouse.pass(30);
    expect([await left(parent.key), await left(child.key)]).toEqual([30, 30]);
    await agents.beat(parent);
    expect(await left(child.key)).toBe(60);
  });

  it('is rejected for a key in its last second', async () => {
    const end = new Date(Math.floor(now()) * 1000 + 1_000 + 999);
    const { key } = await agents.serviceKey({ expiresAt: end.toISOString() });
    expect((await json(by(key))).status).toBe(200);
    gatehouse.pass(end.getTime() / 1000 - now() - 0.1);
    expect(await agents.verdict(by(key))).toBe('200');
    expect(verdictOf(await json(by(key)))).toBe('401 INVALID_API_KEY');
  });
});

describe('the token of an exchanged key', () => {
  it('is accepted nowhere here, whatever its audience', async () => {
    const tool = await agents.issue();
    const { body } = await form(by(tool.key));
    const asBearer = { authorization: `Bearer ${body.access_token}` };
    expect(await agents.verdict(asBearer)).toBe('401 INVALID_TOKEN');
    for (const other of [
      'Gatehouse',
      'gatehouse/',
      'gatehouse,x',
      ' gatehouse',
      'gatehouse\u00a0',
      'authenticated',
    ]) {
      const answer = await form(by(tool.key), { audience: other });
      expect(answer.status).toBe(200);
      expect(await agents.verdict({ authorization: `Bearer ${answer.body.access_token}` })).toBe(
        '401 INVALID_TOKEN',
      );
    }
  });

  it('is not accepted as a person even by a service that accepts its audience', async () => {
    const issuer = BuiltinIssuer.open(gatehouse.configuration.dataDir);
    const seconds = Math.floor(now());
    const times = { iat: seconds, exp: seconds + 60 };
    const claims = { iss: 'gatehouse', aud: 'gatehouse', sub: 'ada', client_id: 'cli', ...times };
    const bearer = (more: object) => ({
      authorization: `Bearer ${issuer.sign('at+jwt', { ...claims, ...more }, seconds * 1000)}`,
    });
    expect(await agents.verdict(bearer({}))).toBe('200');
    expect(await agents.verdict(bearer({ 'urn:gatehouse:owner': 'x' }))).toBe('401 INVALID_TOKEN');
    expect(await agents.verdict(bearer({ 'urn:gatehouse:owner': null }))).toBe('401 INVALID_TOKEN');
  });

  it('is rejected from the moment that its key, or an ancestor of it, has ended', async () => {
    const { id, key } = await agents.serviceKey();
    const tool = await agents.issue(by(key));
    expect((await form(by(tool.key))).status).toBe(200);
    await agents.ask('DELETE', `/api/v1/api-keys/${id}`, gatehouse.bearer());
    expect(verdictOf(await form(by(key)))).toBe('401 INVALID_API_KEY');
    expect(verdictOf(await form(by(tool.key)))).toBe('401 INVALID_TOOL_KEY');
  });

  it('is rejected when the owner is disabled in the database but not yet in the cache', async () => {
    const headers = await personal('disabled@example.com');
    const { ownerId } = await meOf(headers);
    await gatehouse.app
      .get(Database)
      .write((manager) => manager.update(Owner, { id: ownerId }, { disabledAt: new Date() }));
    expect((await form(headers)).status).toBe(401);
  });

  it('leaves an event, as does a rejection; neither holds the token or the key', async () => {
    const { id, key } = await agents.serviceKey({ scopes: ['files:read'] });
    const { body } = await json(by(key), { ttlSeconds: 60 });
    await form(by(key), { scope: 'admin:*' });
    const events = await agents.events({ subjectId: id });
    const { jti, exp } = await verified(body.access_token);
    expect(events.find(({ type }) => type === 'exchanged')).toMatchObject({
      subject: { type: 'api_key', id },
      actor: { type: 'api_key', chain: [{ type: 'api_key', id }] },
      details: {
        audience,
        scopes: ['files:read'],
        expiresAt: new Date((exp ?? 0) * 1000).toISOString(),
        jti,
      },
    });
    const rejections = events.filter(({ type }) => type === 'refused');
    expect(rejections).toMatchObject([{ details: { refused: 'exchange', audience } }]);
    const all = JSON.stringify(await agents.events());
    expect(all).not.toContain(key);
    expect(all).not.toContain(body.access_token.split('.')[2]);
  });

  it('counts as one request of its key, its limit and its budget', async () => {
    const { key } = await agents.serviceKey({ rateLimit: { limit: 2, windowSeconds: 60 } });
    const first = await json(by(key));
    expect(first.headers.ratelimit).toMatch(/r=1/);
    expect((await json(by(key))).status).toBe(200);
    const third = await json(by(key));
    expect([verdictOf(third), third.body.error]).toEqual(['429 RATE_LIMITED', 'temporarily_unavailable']);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    const tool = await agents.issue(gatehouse.bearer(), { maxCalls: 2 });
    const verdicts = [await json(by(tool.key)), await json(by(tool.key)), await json(by(tool.key))].map(
      verdictOf,
    );
    expect(verdicts).toEqual(['200', '200', '429 BUDGET_EXCEEDED']);
  });

  it('is different each time, also for concurrent requests, and each has its event', async () => {
    const { id, key } = await agents.serviceKey();
    const answers = await Promise.all(Array.from({ length: 40 }, () => form(by(key))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const tokens = await Promise.all(answers.map(({ body }) => verified(body.access_token)));
    const jtis = tokens.map(({ jti }) => jti);
    expect(new Set(jtis).size).toBe(40);
    const events = await agents.events({ subjectId: id, type: 'exchanged' });
    expect(events.map(({ details }) => details.jti).sort()).toEqual([...jtis].sort());
  });
});

describe('POST /api/v1/auth/introspect', () => {
  const introspect = async (headers: Record<string, string>, token: string) =>
    (await gatehouse.send('POST', '/api/v1/auth/introspect', { headers, body: { token } })).body;

  it('shows a token of the same owner while the key behind it is good, and no other', async () => {
    const ada = gatehouse.bearer('introspect@example.com');
    const owned = await agents.ask('POST', '/api/v1/api-keys', ada, { name: 'x', scopes: ['files:read'] });
    const { id, key, ownerId } = owned.body;
    const { access_token: token } = (await json(by(key), { scope: 'files:read' })).body;
    const { header: _header, ...claims } = await verified(token);
    const shown = await introspect(ada, token);
    expect(shown).toMatchObject({
      active: true,
      token_type: 'Bearer',
      sub: ownerId,
      client_id: id,
      scope: 'files:read',
    });
    expect(shown).toMatchObject({
      iss: claims.iss,
      aud: audience,
      iat: claims.iat,
      exp: claims.exp,
      jti: claims.jti,
    });
    expect(Object.keys(shown).filter((name) => name.startsWith('urn:'))).toEqual([]);

    expect(await introspect(gatehouse.bearer('foreign@example.com'), token)).toEqual({ active: false });
    for (const bad of ['x', key, `${token}x`, ada.authorization.slice(7), token.replace(/\.[^.]+$/, '.AAAA')])
      expect(await introspect(ada, bad)).toEqual({ active: false });

    const path = `/api/v1/api-keys/${id}`;
    await agents.ask('PATCH', path, ada, { enabled: false });
    expect(await introspect(ada, token)).toEqual({ active: false });
    await agents.ask('PATCH', path, ada, { enabled: true });
    expect((await introspect(ada, token)).active).toBe(true);
    gatehouse.pass(300);
    expect(await introspect(gatehouse.bearer('introspect@example.com'), token)).toEqual({ active: false });
  });

  it('shows the token of an agent until its key is revoked', async () => {
    const ada = gatehouse.bearer('introspect@example.com');
    const tool = await agents.issue(ada, { scopes: ['files:read'] });
    const { access_token: token } = (await json(by(tool.key))).body;
    expect(await introspect(ada, token)).toMatchObject({
      active: true,
      client_id: tool.id,
      act: { sub: tool.id, type: 'tool_key', sub_profile: 'ai_agent', act: { sub_profile: 'user' } },
    });
    await agents.ask('DELETE', `/api/v1/tool-keys/${tool.id}`, ada);
    expect(await introspect(ada, token)).toEqual({ active: false });
  });

  it('requires api-keys:verify, and no agent has it', async () => {
    const { key } = await agents.serviceKey({ scopes: ['files:read'] });
    const ask = (headers: Record<string, string>, body: object = { token: 'x' }) =>
      agents.ask('POST', '/api/v1/auth/introspect', headers, body);
    expect(verdictOf(await ask({}))).toBe('401 MISSING_TOKEN');
    expect(verdictOf(await ask(by(key)))).toBe('403 INSUFFICIENT_SCOPE');
    expect(verdictOf(await ask(by((await agents.issue()).key)))).toBe('403 FORBIDDEN');
    expect(verdictOf(await ask(gatehouse.bearer(), {}))).toBe('400 VALIDATION_FAILED');
  });
});

describe('the grant client_credentials', () => {
  const grant = { grant_type: 'client_credentials' };

  it('is an alias of the exchange for service keys, also with HTTP Basic and `resource`', async () => {
    const { id, key } = await agents.serviceKey({ scopes: ['files:read'] });
    const { status, body } = await form(by(key), { ...grant, scope: 'files:read' });
    expect([status, body.token_type, body.scope]).toEqual([200, 'Bearer', 'files:read']);
    const basic = { authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}` };
    const answer = await exchangeByForm(gatehouse, basic, { ...grant, resource: audience });
    expect(await verified(answer.body.access_token)).toMatchObject({ client_id: id, aud: audience });
    expect((await agents.me(basic)).status).toBe(401);
    const both = await form(by(key), { ...grant, resource: audience });
    expect(both.body).toMatchObject({ error: 'invalid_request' });
    expect((await exchangeByForm(gatehouse, by(key), grant)).body).toMatchObject({
      error: 'invalid_request',
    });
  });

  it('is for no person and no agent', async () => {
    for (const headers of [await personal('client@example.com'), by((await agents.issue()).key)])
      expect((await form(headers, grant)).body).toMatchObject({
        code: 'FORBIDDEN',
        error: 'unauthorized_client',
      });
    const { key } = await agents.serviceKey();
    const repeated = {
      subject_token: key,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    };
    expect((await form(by(key), { ...grant, ...repeated })).body.error).toBe('invalid_request');
  });
});

it('publishes no metadata without a URL of its own', async () => {
  expect((await gatehouse.send('GET', '/.well-known/oauth-authorization-server')).status).toBe(404);
});
