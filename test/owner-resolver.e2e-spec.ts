import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { type Membership, OwnerResolver, type Person } from '../src/auth/owners/owner-resolver.js';
import { OwnersService } from '../src/identity/owners.service.js';
import { AuthError } from '../src/principal/auth-error.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { mintApiKey } from './support/api-keys.js';
import type { Json } from './support/json.js';
import { type SeamHost, type SentHeaders, startSeamHost } from './support/seam-host.js';

const me = '/api/v1/auth/me';
const noActor = { user: null, origin: null };
type Answer = Membership | undefined;

/** Who is a member of what: `<user id> of <owner id>`. */
@Injectable()
class Members {
  readonly all = new Map<string, Omit<Membership, 'ownerId'>>();
  readonly asked: { readonly person: Person; readonly wanted: string | undefined }[] = [];
  /** In place of the answer, where a test has one. */
  instead: ((person: Person, wanted?: string) => Promise<Answer> | Answer) | undefined;
}

@Injectable()
class MembersResolver extends OwnerResolver {
  constructor(private readonly members: Members) {
    super();
  }

  override resolve(person: Person, wanted: string | undefined): Promise<Answer> | Answer {
    this.members.asked.push({ person, wanted });
    if (this.members.instead !== undefined) return this.members.instead(person, wanted);
    if (wanted === undefined || wanted === person.ownerId) return { ownerId: person.ownerId };
    const membership = this.members.all.get(`${person.userId} of ${wanted}`);
    return membership && { ...membership, ownerId: wanted };
  }
}

let host: SeamHost;
let members: Members;
let ada: Json;
let bob: Json;

const inOwner = (ownerId: string, headers: SentHeaders = host.bearer()) => ({
  ...headers,
  'x-owner-id': ownerId,
});
const join = (person: Json, ownerId: string, membership: Omit<Membership, 'ownerId'> = {}) =>
  members.all.set(`${person.userId} of ${ownerId}`, membership);
const leave = (person: Json, ownerId: string) => members.all.delete(`${person.userId} of ${ownerId}`);
const personOf = async (email: string) => (await host.send('GET', me, host.bearer(email))).body;
const made = async (path: string, headers: SentHeaders, body: object = {}) => {
  const answer = await host.send('POST', path, headers, body);
  expect([answer.status, answer.body.code]).toEqual([201, undefined]);
  return answer.body;
};
const personalKey = async (email: string) => {
  const { body } = await host.send('POST', '/api/v1/auth/api-keys/refresh', host.bearer(email));
  return { 'x-api-key': body.key as string, id: body.id as string };
};
const toolKey = async (headers: SentHeaders, fields: object = {}) => {
  const { key, id } = await made('/api/v1/tool-keys', headers, { taskId: 'task', ...fields });
  return { id: id as string, headers: { 'x-tool-key': key as string } };
};

/** The whole answer, but for what differs from request to request. */
const rejection = async (headers: SentHeaders, path = me) => {
  const { status, body } = await host.send('GET', path, headers);
  return JSON.stringify([status, { ...body, requestId: '' }]);
};

beforeAll(async () => {
  host = await startSeamHost({ ownerResolver: MembersResolver }, { providers: [Members] });
  members = host.app.get(Members);
  [ada, bob] = [await personOf('ada@example.com'), await personOf('bob@example.com')];
});
afterEach(() => {
  members.instead = undefined;
  members.all.clear();
});
afterAll(() => host.close());

describe('a person', () => {
  it('acts for its own owner unless it names one', async () => {
    const { body } = await host.send('GET', me, inOwner(ada.ownerId));
    expect(body).toEqual(ada);
  });

  it('acts for an owner that it is a member of, with everything, and is still itself', async () => {
    join(ada, bob.ownerId);
    const { status, body } = await host.send('GET', me, inOwner(bob.ownerId));
    expect([status, body]).toEqual([200, { ...ada, ownerId: bob.ownerId }]);
    expect((await host.send('GET', me, host.bearer())).body).toEqual(ada);
  });

  it('gets the same response for an unknown owner and for one without membership', async () => {
    const [, ...hers] = await Promise.all(
      [ada.ownerId, bob.ownerId, '01900000-0000-7000-8000-000000000000', 'constructor', '__proto__'].map(
        (ownerId) => rejection(inOwner(ownerId)),
      ),
    );
    expect(new Set(hers).size).toBe(1);
    expect(JSON.parse(hers[0]!)).toEqual([
      403,
      { code: 'FORBIDDEN', message: 'You do not have access to this owner.', requestId: '' },
    ]);
  });

  it.each<[string, (own: string) => string | string[]]>([
    ['empty', () => ''],
    ['sent twice', (own) => [own, own]],
    ['a list', (own) => `${own}, ${own}`],
    ['spelled with a space within', (own) => `${own} x`],
    ['spelled with a tab within', (own) => `${own}\tx`],
    ['not ASCII', (own) => `${own.slice(1)}\u00e9`],
    ['long', () => 'a'.repeat(8_000)],
    ['a pattern', () => '%'],
    ['a path', () => '../owners'],
  ])(
    'is rejected in the same way, without a call of the resolver, with a name that is %s',
    async (_what, of) => {
      const expected = await rejection(inOwner('nobody'));
      const before = members.asked.length;
      expect(await rejection(inOwner(of(ada.ownerId) as string))).toBe(expected);
      expect(members.asked).toHaveLength(before);
    },
  );

  it('is asked about with the name as it was sent', async () => {
    const name = ada.ownerId.toUpperCase();
    expect(await host.verdict('GET', me, inOwner(name))).toBe('403 FORBIDDEN');
    const { userId, ownerId, email } = ada;
    expect(members.asked.at(-1)).toEqual({ person: { userId, ownerId, email }, wanted: name });
  });

  it('does not get in when the header is too large for any request', async () => {
    expect(
      (await host.send('GET', me, inOwner('a'.repeat(1_000_000))).catch(() => ({ status: 431 }))).status,
    ).toBe(431);
  });

  it('with its personal key does the same, less the making of keys', async () => {
    join(ada, bob.ownerId);
    const { id, ...key } = await personalKey('ada@example.com');
    const { body } = await host.send('GET', me, inOwner(bob.ownerId, key));
    expect(body).toMatchObject({
      userId: ada.userId,
      ownerId: bob.ownerId,
      scopes: ['*:*'],
      source: { keyId: id },
    });
    leave(ada, bob.ownerId);
    expect(await host.verdict('GET', me, inOwner(bob.ownerId, key))).toBe('403 FORBIDDEN');
    expect(await host.verdict('GET', me, key)).toBe('200');
  });

  it.each<[Omit<Membership, 'ownerId'>, object]>([
    [{ role: 'read_only' }, { role: 'read_only', scopes: ['*:read'] }],
    [{ role: 'write_agent' }, { role: 'write_agent', scopes: ['*:read', '*:write'] }],
    [
      { role: 'read_only', scopes: ['files:read'] },
      { role: 'read_only', scopes: ['files:read'] },
    ],
    [{ scopes: [] }, { role: null, scopes: [] }],
    [{ scopes: ['admin:*', 'api-keys:write', '*:*'] }, { role: null, scopes: ['*:*', 'api-keys:write'] }],
    [{ scopes: ['members:manage'] }, { role: null, scopes: ['members:manage'] }],
  ])('holds as a member of %j no more than it does for its own', async (membership, held) => {
    join(ada, bob.ownerId, membership);
    expect((await host.send('GET', me, inOwner(bob.ownerId))).body).toMatchObject(held);
    const { id: _id, ...key } = await personalKey('ada@example.com');
    const byKey = (await host.send('GET', me, inOwner(bob.ownerId, key))).body;
    expect(byKey.scopes).not.toContain('api-keys:write');
  });

  it('that may only read makes no key, and its tool keys write nothing', async () => {
    join(ada, bob.ownerId, { role: 'read_only' });
    const asMember = inOwner(bob.ownerId);
    expect(await host.verdict('POST', '/api/v1/api-keys', asMember, { name: 'x', scopes: [] })).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(await host.verdict('POST', '/api/v1/tool-keys', asMember, { taskId: 't' })).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    expect(await host.verdict('GET', '/rooms/files', asMember)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await host.verdict('GET', '/rooms/files', host.bearer())).toBe('200');
  });

  it('is rejected for an owner that is disabled or gone, as ever', async () => {
    const owners = host.app.get(OwnersService);
    const { id } = await owners.create({ user: null, origin: null }, 'closed');
    join(ada, id);
    expect(await host.verdict('GET', me, inOwner(id))).toBe('200');
    await owners.setEnabled({ user: null, origin: null }, id, false);
    expect(await host.verdict('GET', me, inOwner(id))).toBe('401 USER_NOT_FOUND');
    await owners.setEnabled({ user: null, origin: null }, id, true);
    expect(await host.verdict('GET', me, inOwner(id))).toBe('200');
    join(ada, 'no-such-row');
    expect(await host.verdict('GET', me, inOwner('no-such-row'))).toBe('401 USER_NOT_FOUND');
  });

  it('is anonymous on optional routes, and 401 where a bad credential is', async () => {
    const foreign = inOwner(bob.ownerId);
    expect((await host.send('GET', '/api/v1/auth/status', foreign)).body).toEqual({
      authenticated: false,
      user: null,
    });
  });
});

describe('a membership that ends', () => {
  it('ends with the next request, however many are under way', async () => {
    join(ada, bob.ownerId);
    const ask = () => host.verdict('GET', me, inOwner(bob.ownerId));
    const flood = Array.from({ length: 30 }, ask);
    await flood[0];
    leave(ada, bob.ownerId);
    const after = Array.from({ length: 30 }, ask);
    expect(new Set(await Promise.all(after))).toEqual(new Set(['403 FORBIDDEN']));
    expect(new Set(await Promise.all(flood))).toContain('200');
  });

  it('takes the tool keys with it that were issued by it, also those issued meanwhile', async () => {
    join(ada, bob.ownerId);
    const first = await toolKey(inOwner(bob.ownerId));
    const below = await toolKey(first.headers, { taskId: 'task' });
    const { body: agent } = await host.send('GET', me, first.headers);
    expect(agent).toMatchObject({ ownerId: bob.ownerId, actorChain: [{ type: 'user', id: ada.userId }, {}] });
    const racing = Array.from({ length: 10 }, () =>
      host.send('POST', '/api/v1/tool-keys', inOwner(bob.ownerId), { taskId: 'task' }),
    );
    leave(ada, bob.ownerId);
    const issued = (await Promise.all(racing)).filter(({ status }) => status === 201);
    for (const headers of [
      first.headers,
      below.headers,
      ...issued.map(({ body }) => ({ 'x-tool-key': body.key })),
    ])
      expect(await host.verdict('GET', me, headers)).toBe('401 INVALID_TOOL_KEY');
    expect(await host.verdict('POST', '/api/v1/tool-keys/heartbeat', first.headers)).toBe(
      '401 INVALID_TOOL_KEY',
    );
    join(ada, bob.ownerId);
    expect(await host.verdict('GET', me, first.headers)).toBe('200');
  });

  it('through the disabled owner of their issuer ends those tool keys', async () => {
    const guest = await personOf('guest@example.com');
    join(guest, bob.ownerId);
    const { headers } = await toolKey(inOwner(bob.ownerId, host.bearer('guest@example.com')));
    const owners = host.app.get(OwnersService);
    expect(await host.verdict('GET', me, headers)).toBe('200');
    await owners.setEnabled(noActor, guest.ownerId, false);
    expect(await host.verdict('GET', me, headers)).toBe('401 INVALID_TOOL_KEY');
    await owners.setEnabled(noActor, guest.ownerId, true);
    expect(await host.verdict('GET', me, headers)).toBe('200');
  });

  it('that is made weaker weakens those tool keys', async () => {
    join(ada, bob.ownerId);
    const { headers } = await toolKey(inOwner(bob.ownerId));
    expect(await host.verdict('GET', '/rooms/files', headers)).toBe('200');
    join(ada, bob.ownerId, { role: 'read_only' });
    expect(await host.verdict('GET', '/rooms/files', headers)).toBe('403 INSUFFICIENT_SCOPE');
    expect((await host.send('GET', me, headers)).body).toMatchObject({ role: null, scopes: ['*:read'] });
  });

  it('leaves the next credential of a request its turn, as any bad tool key does', async () => {
    join(ada, bob.ownerId);
    const { headers } = await toolKey(inOwner(bob.ownerId));
    leave(ada, bob.ownerId);
    const { body } = await host.send('GET', me, { ...headers, ...host.bearer() });
    expect(body.source).toEqual({ type: 'jwt' });
  });
});

describe('what ends while the resolver is asked', () => {
  /** Sends a request, does something while the resolver is asked about it, and tells how the request is answered. */
  const meanwhile = async (
    headers: SentHeaders,
    act: () => Promise<unknown>,
    ask = () => host.verdict('GET', me, headers),
  ) => {
    expect(await host.verdict('GET', me, headers)).toBe('200');
    let goOn = () => {};
    const asked = new Promise<void>((isAsked) => {
      members.instead = async ({ ownerId }) => {
        members.instead = undefined;
        isAsked();
        await new Promise<void>((resolve) => (goOn = resolve));
        return { ownerId };
      };
    });
    const answer = ask();
    await asked;
    await act();
    goOn();
    return answer;
  };

  it('a personal key has ended for that request, too', async () => {
    const { id: _id, ...key } = await personalKey('ada@example.com');
    const revoke = () => host.send('DELETE', '/api/v1/auth/api-keys', host.bearer());
    expect(await meanwhile(key, revoke)).toBe('401 INVALID_API_KEY');
  });

  it('so has a tool key', async () => {
    const { id, headers } = await toolKey(host.bearer());
    const revoke = () => host.send('DELETE', `/api/v1/tool-keys/${id}`, host.bearer());
    expect(await meanwhile(headers, revoke)).toBe('401 INVALID_TOOL_KEY');
  });

  it('so it has for the verify endpoint', async () => {
    const { 'x-api-key': key } = await personalKey('ada@example.com');
    const { key: service } = await made('/api/v1/api-keys', host.bearer(), {
      name: 'gate',
      scopes: ['api-keys:verify'],
    });
    const verify = async () => {
      const headers = { 'x-api-key': service as string };
      return (await host.send('POST', '/api/v1/api-keys/verify', headers, { key })).body.code;
    };
    expect(await verify()).toBe('VALID');
    const revoke = () => host.send('DELETE', '/api/v1/auth/api-keys', host.bearer());
    expect(await meanwhile({ 'x-api-key': key }, revoke, verify)).toBe('REVOKED');
  });

  it('so has the owner of a person', async () => {
    const carol = await personOf('carol@example.com');
    const disable = () => host.app.get(OwnersService).setEnabled(noActor, carol.ownerId, false);
    expect(await meanwhile(host.bearer('carol@example.com'), disable)).toBe('401 USER_NOT_FOUND');
  });

  it('and nothing else is held against it', async () => {
    expect(await meanwhile(host.bearer(), async () => undefined)).toBe('200');
  });
});

describe('keys of an owner', () => {
  it('pass with the name of that owner and with no other, and the resolver is not called', async () => {
    const { key } = await made('/api/v1/api-keys', host.bearer(), { name: 'ci', scopes: ['files:read'] });
    const service = { 'x-api-key': key as string };
    const before = members.asked.length;
    expect(await host.verdict('GET', me, inOwner(ada.ownerId, service))).toBe('200');
    join(ada, bob.ownerId);
    expect(await rejection(inOwner(bob.ownerId, service))).toBe(await rejection(inOwner('nobody', service)));
    expect(await host.verdict('GET', me, inOwner(bob.ownerId, service))).toBe('403 FORBIDDEN');
    expect(members.asked.length).toBe(before);
  });

  it('and tool keys belong to the owner that was chosen when they were made', async () => {
    join(ada, bob.ownerId);
    const agent = await toolKey(inOwner(bob.ownerId));
    expect(await host.verdict('GET', me, inOwner(bob.ownerId, agent.headers))).toBe('200');
    expect(await host.verdict('GET', me, inOwner(ada.ownerId, agent.headers))).toBe('403 FORBIDDEN');
    const { id } = await made('/api/v1/api-keys', inOwner(bob.ownerId), { name: 'ci', scopes: [] });
    const look = (headers: SentHeaders, path: string) => host.verdict('GET', `${path}/${id}`, headers);
    expect(await look(host.bearer('bob@example.com'), '/api/v1/api-keys')).toBe('200');
    expect(await look(host.bearer(), '/api/v1/api-keys')).toBe('404 NOT_FOUND');
    const keys = async (headers: SentHeaders) =>
      (await host.send('GET', '/api/v1/tool-keys', headers)).body.keys.map((one: Json) => one.id);
    expect(await keys(host.bearer('bob@example.com'))).toContain(agent.id);
    expect(await keys(host.bearer())).not.toContain(agent.id);
  });
});

describe('what follows the owner that was chosen', () => {
  it('the personal key does not: it is of the user’s own owner', async () => {
    join(ada, bob.ownerId);
    const { status, body } = await host.send('POST', '/api/v1/auth/api-keys/refresh', inOwner(bob.ownerId));
    expect(status).toBe(200);
    const key = { 'x-api-key': body.key as string };
    expect((await host.send('GET', me, key)).body.ownerId).toBe(ada.ownerId);
    leave(ada, bob.ownerId);
    expect(await host.verdict('GET', me, key)).toBe('200');
    const { events } = (await host.send('GET', '/api/v1/auth/api-keys/events', host.bearer())).body;
    const refreshed = events.find(({ type }: Json) => type === 'refreshed');
    expect(refreshed).toMatchObject({ ownerId: ada.ownerId });
  });

  it('the audit trail: what is made, used and rejected', async () => {
    join(ada, bob.ownerId);
    const { id: keyId, ...key } = await personalKey('ada@example.com');
    const { id } = await made('/api/v1/api-keys', inOwner(bob.ownerId), { name: 'ci', scopes: [] });
    await host.send('GET', me, key);
    await host.send('GET', me, inOwner(bob.ownerId, key));
    leave(ada, bob.ownerId);
    await host.send('GET', me, inOwner(bob.ownerId, key));
    await host.app.get(KeyUsage).flush();
    const trail = host.app.get(AuditTrail);
    const events = async (subjectId: string) => (await trail.find({ subjectId }, { limit: 20 })).events;
    expect(await events(id)).toMatchObject([
      {
        type: 'created',
        ownerId: bob.ownerId,
        actorType: 'jwt',
        actorChain: [{ type: 'user', id: ada.userId }],
      },
    ]);
    const ofKey = await events(keyId);
    const used = ofKey.filter(({ type }) => type === 'used').map(({ ownerId }) => ownerId);
    expect(used.sort()).toEqual([ada.ownerId, bob.ownerId].sort());
    expect(ofKey.find(({ type }) => type === 'refused')).toMatchObject({
      ownerId: ada.ownerId,
      details: { reason: 'NOT_A_MEMBER' },
    });
    const usage = await host.app
      .get(KeyUsage)
      .countsOf([keyId], { fromHour: 0, toHour: 1e9, bucketHours: 1 });
    expect(usage.filter(({ outcome }) => outcome === 'NOT_A_MEMBER')).toHaveLength(1);
  });

  it('forward auth, and the token that a key is exchanged for', async () => {
    join(ada, bob.ownerId);
    const { id: _id, ...key } = await personalKey('ada@example.com');
    const checked = await host.send('GET', '/api/v1/auth/check', inOwner(bob.ownerId, key));
    expect([checked.status, checked.headers['x-gatehouse-owner']]).toEqual([204, bob.ownerId]);
    const exchange = (ownerId: string) =>
      host.send('POST', '/api/v1/auth/token', inOwner(ownerId, key), { audience: 'billing' });
    const { body } = await exchange(bob.ownerId);
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ sub: ada.userId, 'urn:gatehouse:owner': bob.ownerId });
    expect((await exchange('nobody')).status).toBe(403);
    expect(await host.verdict('GET', '/api/v1/auth/check', inOwner('nobody', key))).toBe('403 FORBIDDEN');
  });

  it('the verify endpoint, for who protects that owner’s data', async () => {
    const { 'x-api-key': key } = await personalKey('ada@example.com');
    const verify = async (ownerId?: string) => {
      const body = { key, ownerId, scopes: ['files:write'] };
      return (await host.send('POST', '/api/v1/api-keys/verify', host.bearer('bob@example.com'), body)).body;
    };
    expect(await verify()).toMatchObject({ valid: false, code: 'NOT_FOUND', ownerId: null });
    expect(await verify(bob.ownerId)).toMatchObject({ valid: false, code: 'NOT_FOUND', key: null });
    join(ada, bob.ownerId);
    expect(await verify(bob.ownerId)).toMatchObject({ valid: true, code: 'VALID', ownerId: bob.ownerId });
    join(ada, bob.ownerId, { role: 'read_only' });
    expect(await verify(bob.ownerId)).toMatchObject({ code: 'INSUFFICIENT_SCOPE', missing: ['files:write'] });
  });

  it('an explanation, which says what the request would be answered', async () => {
    const { id } = await personalKey('ada@example.com');
    const explain = async (ownerId?: string, path = me) =>
      (
        await host.send('POST', '/api/v1/auth/explain', host.bearer(), {
          keyId: id,
          method: 'GET',
          path,
          ownerId,
        })
      ).body;
    const check = (explained: Json, name: string) => explained.checks.find((one: Json) => one.check === name);
    const rejected = await explain(bob.ownerId);
    expect(rejected.result).toMatchObject({
      admitted: false,
      status: 403,
      code: 'FORBIDDEN',
      outcome: 'NOT_A_MEMBER',
    });
    expect(check(rejected, 'membership')).toMatchObject({
      outcome: 'fail',
      first: true,
      saw: { asked: bob.ownerId },
    });
    expect((await explain(bob.ownerId, '/api/v1/auth/status')).result).toMatchObject({
      as: 'anonymous',
      outcome: 'NOT_A_MEMBER',
    });
    join(ada, bob.ownerId, { role: 'read_only' });
    const weak = await explain(bob.ownerId, '/rooms/files');
    expect(weak.result).toMatchObject({ status: 403, code: 'INSUFFICIENT_SCOPE' });
    expect(check(weak, 'membership')).toMatchObject({ outcome: 'pass', saw: { actsFor: bob.ownerId } });
    expect(check(weak, 'scopes').saw.granted).toEqual(['*:read']);
    expect((await explain()).result.admitted).toBe(true);
    const asked = { keyId: id, method: 'GET', path: me };
    const key = await mintApiKey({ app: host.app, now: Date.now }, { role: 'admin', ownerId: ada.ownerId });
    members.instead = () => Promise.reject(new Error('down'));
    const { body } = await host.send('POST', '/api/v1/auth/explain', { 'x-api-key': key }, asked);
    expect(body.result).toMatchObject({ status: 503, code: 'AUTH_UNAVAILABLE' });
  });

  it('an explanation by an admin, which counts only bad keys as failures of the address', async () => {
    const limited = await startSeamHost(
      { ownerResolver: MembersResolver, failuresPerMinute: 1 },
      { providers: [Members] },
    );
    const [{ body: one }, { body: two }] = [
      await limited.send('GET', me, limited.bearer()),
      await limited.send('GET', me, limited.bearer('bob@example.com')),
    ];
    limited.app.get(Members).instead = (_person, wanted) => ({ ownerId: wanted ?? one.ownerId });
    const { body } = await limited.send('POST', '/api/v1/auth/api-keys/refresh', limited.bearer());
    const admin = await mintApiKey(
      { app: limited.app, now: Date.now },
      { role: 'admin', ownerId: one.ownerId },
    );
    await limited.app.get(OwnersService).setEnabled(noActor, two.ownerId, false);
    for (const key of [admin, body.key as string])
      expect(await limited.verdict('GET', me, { 'x-api-key': key })).toBe('200');
    for (const bad of ['mk_live_1', 'mk_live_2']) await limited.send('GET', me, { 'x-api-key': bad });
    const sent = { 'x-api-key': body.key as string, 'x-owner-id': two.ownerId as string };
    expect(await limited.verdict('GET', me, sent)).toBe('401 USER_NOT_FOUND');
    const asked = { keyId: body.id, method: 'GET', path: me, ownerId: two.ownerId, ip: '127.0.0.1' };
    const explained = await limited.send('POST', '/api/v1/auth/explain', { 'x-api-key': admin }, asked);
    expect(explained.body.result).toMatchObject({ status: 401, code: 'USER_NOT_FOUND' });
    await limited.close();
  });

  it('an explanation of a tool key whose issuer has left', async () => {
    join(ada, bob.ownerId);
    const { id, headers } = await toolKey(inOwner(bob.ownerId));
    const explain = async () =>
      (
        await host.send('POST', '/api/v1/auth/explain', host.bearer('bob@example.com'), {
          keyId: id,
          method: 'GET',
          path: me,
        })
      ).body.result;
    expect(await explain()).toMatchObject({ admitted: true, outcome: 'VALID' });
    leave(ada, bob.ownerId);
    const answer = await host.send('GET', me, headers);
    expect(await explain()).toMatchObject({
      status: answer.status,
      code: answer.body.code,
      outcome: 'PARENT_REVOKED',
    });
  });
});

describe('a resolver with a fault', () => {
  const faults: [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('memberships are gone');
      },
    ],
    ['rejects', () => Promise.reject(new Error('memberships are gone'))],
    [
      'throws a value that is no Error',
      () => {
        throw Object.create(null);
      },
    ],
    [
      'throws a rejection of its own',
      () => {
        throw new AuthError('INVALID_TOKEN');
      },
    ],
    ['answers no owner', () => ({})],
    ['answers a number', () => ({ ownerId: 7 })],
    ['makes an admin', () => ({ ownerId: ada.ownerId, role: 'admin' })],
    ['invents a role', () => ({ ownerId: ada.ownerId, role: 'constructor' })],
    ['invents a scope', () => ({ ownerId: ada.ownerId, scopes: ['everything'] })],
    ['answers a text for scopes', () => ({ ownerId: ada.ownerId, scopes: '*:*' })],
    [
      'answers 1,001 scopes',
      () => ({ ownerId: ada.ownerId, scopes: Array.from({ length: 1_001 }, () => 'a:b') }),
    ],
  ];

  it.each(faults)('that %s is a 503, never a 401 and never an open door', async (_what, fault) => {
    const agent = await toolKey(host.bearer());
    const { id: _id, ...key } = await personalKey('ada@example.com');
    members.instead = fault as never;
    for (const headers of [host.bearer(), inOwner(ada.ownerId), key, agent.headers]) {
      const { status, body, headers: answered } = await host.send('GET', me, headers);
      expect([status, body.code, answered['retry-after']]).toEqual([503, 'AUTH_UNAVAILABLE', '5']);
      expect(JSON.stringify(body)).not.toContain('memberships');
    }
    members.instead = undefined;
    expect(await host.verdict('GET', me, host.bearer())).toBe('200');
  });

  it('that hangs is aborted after a while', async () => {
    members.instead = () => new Promise(() => {});
    expect(await host.verdict('GET', me, host.bearer())).toBe('503 AUTH_UNAVAILABLE');
  });

  it('that knows which fault it is may say so', async () => {
    members.instead = () => Promise.reject(new AuthError('DB_UNAVAILABLE'));
    expect(await host.verdict('GET', me, host.bearer())).toBe('503 DB_UNAVAILABLE');
  });

  it('that answers with another owner than the one that was asked for opens neither', async () => {
    members.instead = () => ({ ownerId: bob.ownerId });
    expect(await host.verdict('GET', me, inOwner(ada.ownerId))).toBe('403 FORBIDDEN');
    expect((await host.send('GET', me, host.bearer())).body.ownerId).toBe(bob.ownerId);
  });

  it('keeps out those without any owner', async () => {
    members.instead = () => null as never;
    expect(await host.verdict('GET', me, host.bearer())).toBe('403 FORBIDDEN');
  });

  it('is logged without credentials', async () => {
    const lines: string[] = [];
    const error = jest
      .spyOn(Logger.prototype, 'error')
      .mockImplementation((line) => void lines.push(String(line)));
    const other = await startSeamHost({ ownerResolver: MembersResolver }, { providers: [Members] });
    other.app.get(Members).instead = () => {
      throw new Error('postgres://app:hunter2@db rejected');
    };
    for (let count = 0; count < 3; count += 1)
      expect((await other.send('GET', me, other.bearer())).status).toBe(503);
    await other.close();
    error.mockRestore();
    const told = lines.filter((line) => line.startsWith('OwnerResolver failed'));
    expect(told).toEqual(['OwnerResolver failed: postgres://app:[redacted]@db rejected']);
  });
});

describe('without a resolver', () => {
  let plain: SeamHost;

  beforeAll(async () => {
    plain = await startSeamHost({ ownerHeader: 'X-Tenant' }, { express: true });
  });
  afterAll(() => plain.close());

  it('each person has its one owner, by whichever name the header has', async () => {
    const { body } = await plain.send('GET', me, plain.bearer());
    const ask = (tenant: string | string[]) =>
      plain.verdict('GET', me, { ...plain.bearer(), 'x-tenant': tenant });
    expect(await ask(body.ownerId)).toBe('200');
    const other = (await plain.send('GET', me, plain.bearer('bob@example.com'))).body;
    expect(await ask(other.ownerId)).toBe('403 FORBIDDEN');
    expect(await ask([body.ownerId, body.ownerId])).toBe('403 FORBIDDEN');
    expect(await ask('')).toBe('403 FORBIDDEN');
    expect(await plain.verdict('GET', me, { ...plain.bearer(), 'x-owner-id': other.ownerId })).toBe('200');
  });
});

describe('an access key', () => {
  const path = '/api/v1/me/api-keys';
  const accessKey = async (ownerId: string, settings: object = {}) => {
    const body = { name: 'x', scopes: ['files:*', 'api-keys:read'], ...settings };
    const { key, ...shown } = await made(path, inOwner(ownerId), body);
    return { shown, headers: { 'x-api-key': key as string } };
  };

  it('acts for the owner it was made for, and for no other', async () => {
    join(ada, bob.ownerId);
    const { shown, headers } = await accessKey(bob.ownerId);
    expect(shown).toMatchObject({ userId: ada.userId, ownerId: bob.ownerId });
    const acts = { userId: ada.userId, ownerId: bob.ownerId, scopes: shown.scopes };
    expect((await host.send('GET', me, headers)).body).toMatchObject(acts);
    expect((await host.send('GET', me, inOwner(bob.ownerId, headers))).body).toMatchObject(acts);
    for (const other of [ada.ownerId, 'nobody'])
      expect(await host.verdict('GET', me, inOwner(other, headers))).toBe('403 FORBIDDEN');
    expect(members.asked.at(-1)).toEqual({
      person: { userId: ada.userId, ownerId: ada.ownerId, email: 'ada@example.com' },
      wanted: bob.ownerId,
    });
  });

  it('is listed only where it acts, and there also for the administrators of the owner', async () => {
    join(ada, bob.ownerId);
    const { shown } = await accessKey(bob.ownerId);
    const idsFor = async (to: string, headers: SentHeaders) =>
      (await host.send('GET', to, headers)).body.keys.map(({ id }: Json) => id);
    expect(await idsFor(path, host.bearer())).not.toContain(shown.id);
    expect(await idsFor(path, inOwner(bob.ownerId))).toContain(shown.id);
    const bobs = host.bearer('bob@example.com');
    expect(await idsFor(path, bobs)).not.toContain(shown.id);
    expect(await idsFor('/api/v1/members/api-keys', bobs)).toContain(shown.id);
    expect(await host.verdict('DELETE', `/api/v1/members/api-keys/${shown.id}`, bobs)).toBe('200');
  });

  it('may do no more than its person as a member, now', async () => {
    join(ada, bob.ownerId);
    const { headers } = await accessKey(bob.ownerId);
    join(ada, bob.ownerId, { scopes: ['files:read', 'notes:read'] });
    expect((await host.send('GET', me, headers)).body.scopes).toEqual(['files:read']);
    const wide = { name: 'x', scopes: ['files:write'] };
    expect(await host.verdict('POST', path, inOwner(bob.ownerId), wide)).toBe('403 INSUFFICIENT_SCOPE');
    leave(ada, bob.ownerId);
    expect(await host.verdict('GET', me, headers)).toBe('401 INVALID_API_KEY');
    expect(await host.verdict('GET', me, inOwner(bob.ownerId, headers))).toBe('401 INVALID_API_KEY');
    join(ada, bob.ownerId);
    expect(await host.verdict('GET', me, headers)).toBe('200');
    members.instead = () => Promise.reject(new Error('down'));
    expect(await host.verdict('GET', me, headers)).toBe('503 AUTH_UNAVAILABLE');
  });

  it('stops with a lost membership for its tool keys, and where it is verified', async () => {
    join(ada, bob.ownerId);
    const { headers } = await accessKey(bob.ownerId, { scopes: ['files:*', 'tool-keys:issue'] });
    const tool = await toolKey(headers);
    const verify = async () =>
      (
        await host.send('POST', '/api/v1/api-keys/verify', host.bearer('bob@example.com'), {
          key: headers['x-api-key'],
          scopes: ['files:read'],
        })
      ).body;
    expect((await verify()).valid).toBe(true);
    leave(ada, bob.ownerId);
    expect(await host.verdict('GET', me, tool.headers)).toBe('401 INVALID_TOOL_KEY');
    expect(await verify()).toMatchObject({ valid: false, code: 'NOT_A_MEMBER' });
  });

  it('stops with the owner of its person, and with the owner it acts for', async () => {
    const owners = host.app.get(OwnersService);
    const { id } = await owners.create(noActor, 'guest');
    const guest = await personOf('guest@example.com');
    join(guest, id);
    const asGuest = { ...host.bearer('guest@example.com'), 'x-owner-id': id };
    const { key } = await made(path, asGuest, { name: 'x', scopes: ['files:read'] });
    const verdicts = async (ownerId: string) => {
      await owners.setEnabled(noActor, ownerId, false);
      const verdict = await host.verdict('GET', me, { 'x-api-key': key });
      await owners.setEnabled(noActor, ownerId, true);
      return [verdict, await host.verdict('GET', me, { 'x-api-key': key })];
    };
    expect(await verdicts(id)).toEqual(['401 INVALID_API_KEY', '200']);
    expect(await verdicts(guest.ownerId)).toEqual(['401 INVALID_API_KEY', '200']);
  });

  it('does not act for another owner where there are no memberships any more', async () => {
    join(ada, bob.ownerId);
    const [foreign, own] = [await accessKey(bob.ownerId), await accessKey(ada.ownerId)];
    const tool = await toolKey((await accessKey(bob.ownerId, { scopes: ['tool-keys:issue'] })).headers);
    const later = await startSeamHost({}, { databaseUrl: host.databaseUrl });
    expect(await later.verdict('GET', me, foreign.headers)).toBe('401 INVALID_API_KEY');
    expect(await later.verdict('GET', me, tool.headers)).toBe('401 INVALID_TOOL_KEY');
    expect(await later.verdict('GET', me, own.headers)).toBe('200');
    await later.close();
  });

  it('manages keys of its person for its own owner only, while the person may', async () => {
    join(ada, bob.ownerId);
    const wide = { scopes: ['files:*', 'api-keys:read', 'api-keys:write', 'members:manage'] };
    const at = await accessKey(bob.ownerId, wide);
    const own = await accessKey(ada.ownerId, wide);
    for (const to of [path, '/api/v1/members/api-keys', '/api/v1/api-keys'])
      for (const method of ['GET', 'DELETE'])
        expect(await host.verdict(method, `${to}/${own.shown.id}`, at.headers)).toBe('404 NOT_FOUND');
    join(ada, bob.ownerId, { scopes: ['files:read', 'api-keys:write'] });
    const wider = { name: 'x', scopes: ['files:write'], expiresAt: at.shown.expiresAt };
    expect(await host.verdict('POST', path, at.headers, wider)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await host.verdict('POST', '/api/v1/api-keys', at.headers, wider)).toBe('403 INSUFFICIENT_SCOPE');
    expect(await host.verdict('POST', `${path}/${at.shown.id}/rotate`, at.headers)).toBe(
      '403 INSUFFICIENT_SCOPE',
    );
    const members = `/api/v1/members/api-keys/${at.shown.id}`;
    expect(await host.verdict('DELETE', members, at.headers)).toBe('403 INSUFFICIENT_SCOPE');
  });
});
