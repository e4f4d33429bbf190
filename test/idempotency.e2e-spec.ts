import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { insertAll } from '../src/database/insert-all.js';
import { IdempotentRequest } from '../src/key-store/idempotent-request.js';
import { Retention } from '../src/server/retention.js';
import { Clock } from '../src/support/clock.js';
import { agentsOf, type Agents, by, type Headers, verdictOf } from './support/agents.js';
import { type Answer, createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { startReplica } from './support/second-replica.js';

let gatehouse: Gatehouse;
let agents: Agents;
let turn = 0;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

const aPerson = () => gatehouse.bearer(`retry-${(turn += 1)}@example.com`) as Headers;
const soon = () => new Date(gatehouse.now() + 60_000);
const aKey = () => `"retry ${(turn += 1)}"`;
const send = (path: string, headers: Headers, key: string, body?: unknown, to = gatehouse) =>
  to.send('POST', `/api/v1${path}`, { headers: { ...headers, 'idempotency-key': key }, body });
const shown = ({ body }: Answer) => {
  const { key: _key, prefix: _prefix, ...rest } = body as Json;
  return rest;
};

interface Creation {
  readonly path: string;
  readonly body?: object;
  readonly other: object;
  readonly status: number;
}

/** Each creation, for a person of its own. */
const creations: [string, (person: Headers) => Promise<Creation>][] = [
  [
    'a service key',
    async () => ({
      path: '/api-keys',
      body: { name: 'a', scopes: ['a:b'] },
      other: { name: 'b' },
      status: 201,
    }),
  ],
  ['a personal key', async () => ({ path: '/auth/api-keys', other: { name: 'b' }, status: 201 })],
  [
    'a refreshed personal key',
    async (person) => {
      await gatehouse.send('POST', '/api/v1/auth/api-keys', { headers: person });
      return { path: '/auth/api-keys/refresh', other: { name: 'b' }, status: 200 };
    },
  ],
  [
    'a rotated key',
    async (person) => {
      const { id } = await agents.serviceKey({}, person);
      return { path: `/api-keys/${id}/rotate`, body: { overlapSeconds: 60 }, other: {}, status: 201 };
    },
  ],
  [
    'a key rotated at once',
    async (person) => {
      const { id } = await agents.serviceKey({}, person);
      return { path: `/api-keys/${id}/rotate`, other: { overlapSeconds: 1 }, status: 201 };
    },
  ],
  [
    'a tool key',
    async () => ({ path: '/tool-keys', body: { taskId: 't' }, other: { taskId: 'u' }, status: 201 }),
  ],
];

describe.each(creations)('the creation of %s', (_what, prepare) => {
  it('happens once; while the key is unused, a retry gets a new secret under the same id', async () => {
    const person = aPerson();
    const key = aKey();
    const { path, body, status } = await prepare(person);
    const first = await send(path, person, key, body);
    const second = await send(path, person, key, body);
    expect([first.status, second.status]).toEqual([status, status]);
    expect(shown(second)).toEqual(shown(first));
    expect(second.headers['cache-control']).toBe('no-store');
    expect(second.body.key).not.toBe(first.body.key);
    expect(second.body.prefix).not.toBe(first.body.prefix);
    expect(await agents.verdicts([by(first.body.key)])).not.toEqual(['200']);
    expect(await agents.verdict(by(second.body.key))).toBe('200');
    const events = await agents.events({ subjectId: first.body.id });
    expect(events.filter(({ type }) => type === 'updated')).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain(second.body.key.slice(17));
  });

  it('is repeated without the secret once the key was used', async () => {
    const person = aPerson();
    const key = aKey();
    const { path, body, status } = await prepare(person);
    const first = await send(path, person, key, body);
    expect(await agents.verdict(by(first.body.key))).toBe('200');
    const again = await send(path, person, key, body);
    expect([again.status, again.body.id, again.body.prefix]).toEqual([
      status,
      first.body.id,
      first.body.prefix,
    ]);
    expect(again.body).not.toHaveProperty('key');
    expect(await agents.verdict(by(first.body.key))).toBe('200');
  });

  it('is another with another body, path or credential, and after a day', async () => {
    const person = aPerson();
    const key = aKey();
    const { path, body, other } = await prepare(person);
    const first = await send(path, person, key, body);
    for (const [to, sent] of [
      [path, other],
      ['/api-keys', { name: 'other route' }],
    ] as const)
      expect(verdictOf(await send(to, person, key, sent))).toBe('422 IDEMPOTENCY_KEY_REUSED');
    expect(await agents.verdict(by(first.body.key))).toBe('200');
    const stranger = aPerson();
    const theirs = await send('/api-keys', stranger, key, { name: 'theirs' });
    expect([theirs.status, theirs.body.name]).toEqual([201, 'theirs']);
  });

  it('happens once in a crowd: all others get 409, or the key again', async () => {
    const person = aPerson();
    const key = aKey();
    const { path, body, status } = await prepare(person);
    const replica = await startReplica(gatehouse);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_unused, index) =>
        send(path, person, key, body, index % 2 === 0 ? gatehouse : replica),
      ),
    );
    const last = await send(path, person, key, body, replica);
    const verdicts = new Set(answers.map(verdictOf));
    verdicts.delete('409 REQUEST_IN_PROGRESS');
    expect([...verdicts]).toEqual([String(status)]);
    const made = answers.filter((answer) => answer.status === status);
    expect(new Set([...made, last].map(({ body: { id } }) => id)).size).toBe(1);
    expect(await agents.verdict(by(last.body.key))).toBe('200');
    const events = await agents.events({ subjectId: last.body.id });
    const types = events.map(({ type }) => type).filter((type) => !['updated', 'used'].includes(type));
    expect(types).toHaveLength(1);
    await replica.close();
  });
});

describe('Idempotency-Key', () => {
  const create = (headers: Headers, key: string | string[], body: object = { name: 'x' }) =>
    gatehouse.send('POST', '/api/v1/api-keys', {
      headers: { ...headers, 'idempotency-key': key } as Headers,
      body,
    });

  it.each<[string, string | string[]]>([
    ['empty', ''],
    ['an empty string', '""'],
    ['of 256 characters', 'x'.repeat(256)],
    ['with an open quote', '"abc'],
    ['with a quote inside', '"a"b"'],
    ['with an escape of nothing', String.raw`"a\b"`],
    ['with parameters', '"a";b=1'],
    ['of two words', 'a b'],
    ['of letters beyond ASCII', 'cl\u00e9'],
    ['sent twice', ['a', 'b']],
    ['sent twice in quotes', ['"a"', '"a"']],
    ['that is a list', 'a,b'],
  ])('%s is a 400, and creates nothing', async (_what, key) => {
    const person = aPerson();
    const answer = await create(person, key);
    expect(verdictOf(answer)).toBe('400 VALIDATION_FAILED');
    expect(answer.body.details).toMatchObject([{ path: 'Idempotency-Key' }]);
    const { body } = await gatehouse.send('GET', '/api/v1/api-keys', { headers: person });
    expect(body.keys).toEqual([]);
  });

  it('is the same in quotes and bare, and for a body with its members in another order', async () => {
    const person = aPerson();
    const text = '8e03978e-40d5-43dd-bc93-6894a57f9324';
    const first = await create(person, `"${text}"`, { name: 'x', scopes: ['a:b'] });
    const second = await create(person, text, { scopes: ['a:b'], name: 'x' });
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
  });

  it('is authorised again: not for a caller who may no longer create such a key', async () => {
    const person = aPerson();
    const maker = await agents.serviceKey({ scopes: ['api-keys:write', 'tool-keys:issue', 'a:b'] }, person);
    const [key, toolRetry] = [aKey(), aKey()];
    const repeat = () => send('/api-keys', by(maker.key), key, { name: 'x', scopes: ['a:b'] });
    const issue = () => send('/tool-keys', by(maker.key), toolRetry, { taskId: 't', scopes: ['a:b'] });
    const first = await repeat();
    expect((await issue()).status).toBe(201);
    const change = (settings: object) =>
      agents.ask('PATCH', `/api/v1/api-keys/${maker.id}`, person, settings);
    await change({ scopes: ['api-keys:write', 'tool-keys:issue'] });
    expect(verdictOf(await repeat())).toBe('403 INSUFFICIENT_SCOPE');
    await change({ scopes: ['a:b'] });
    expect(verdictOf(await repeat())).toBe('403 INSUFFICIENT_SCOPE');
    expect(verdictOf(await issue())).toBe('403 INSUFFICIENT_SCOPE');
    expect(await agents.verdict(by(first.body.key))).toBe('200');
    await change({ enabled: false });
    expect(verdictOf(await repeat())).toBe('401 INVALID_API_KEY');
  });

  it('gives no secret of a tool key to a weaker token of the same client', async () => {
    const granted = { client_id: 'planner', scope: 'tool-keys:issue a:b' };
    const email = `retry-${(turn += 1)}@example.com`;
    const strong = gatehouse.bearer(email, 3600, granted) as Headers;
    const weak = gatehouse.bearer(email, 3600, { ...granted, scope: 'tool-keys:issue' }) as Headers;
    const key = aKey();
    expect((await send('/tool-keys', strong, key, { taskId: 't' })).status).toBe(201);
    expect(verdictOf(await send('/tool-keys', weak, key, { taskId: 't' }))).toBe('403 INSUFFICIENT_SCOPE');
  });

  it.each([
    ['service key', '/api-keys', () => ({ name: 'x', scopes: ['a:b'], expiresAt: soon() })],
    ['tool key', '/tool-keys', () => ({ taskId: 't', scopes: ['a:b'] })],
  ])(
    'gives no secret of a %s that is not bounded to a bounded token of its user',
    async (_what, path, bodyOf) => {
      const email = `retry-${(turn += 1)}@example.com`;
      const whole = gatehouse.bearer(email) as Headers;
      const bounded = gatehouse.bearer(email, 3600, {
        scope: 'api-keys:write tool-keys:issue a:b',
      }) as Headers;
      const key = aKey();
      const body = bodyOf();
      const first = await send(path, whole, key, body);
      const second = await send(path, bounded, key, body);
      expect([first.body.bounded, second.body.bounded]).toEqual([false, true]);
      expect(second.body.id).not.toBe(first.body.id);
      expect(await agents.verdict(by(first.body.key))).toBe('200');
    },
  );

  it('gives no secret of a key that was revoked, disabled or replaced', async () => {
    const person = aPerson();
    const end: ((id: string) => Promise<Answer>)[] = [
      (id) => agents.ask('DELETE', `/api/v1/api-keys/${id}`, person),
      (id) => agents.ask('PATCH', `/api/v1/api-keys/${id}`, person, { enabled: false }),
      (id) => agents.ask('POST', `/api/v1/api-keys/${id}/rotate`, person, { overlapSeconds: 60 }),
    ];
    for (const act of end) {
      const key = aKey();
      const first = await create(person, key);
      await act(first.body.id);
      const again = await create(person, key);
      expect([again.status, again.body.id, again.body.key]).toEqual([201, first.body.id, undefined]);
    }
    const key = aKey();
    const tool = await send('/tool-keys', person, key, { taskId: 'ended' });
    await agents.endTask('ended', person);
    const again = await send('/tool-keys', person, key, { taskId: 'ended' });
    expect([again.status, again.body.id, again.body.status]).toEqual([201, tool.body.id, 'ended']);
    expect(again.body).not.toHaveProperty('key');
  });

  it('is stored only with what was created, so that a rejected request can be sent again', async () => {
    const person = aPerson();
    await createPersonalKey({ ...gatehouse, bearer: () => person as never });
    const key = aKey();
    expect(verdictOf(await send('/auth/api-keys', person, key))).toBe('409 KEY_EXISTS');
    await agents.ask('DELETE', '/api/v1/auth/api-keys', person);
    expect((await send('/auth/api-keys', person, key)).status).toBe(201);
    const parent = await agents.issue(person, { maxCalls: 1 });
    expect(
      verdictOf(await send('/tool-keys', by(parent.key), key, { taskId: parent.taskId, maxCalls: 2 })),
    ).toBe('429 BUDGET_EXCEEDED');
    const issued = await send('/tool-keys', by(parent.key), key, { taskId: parent.taskId, maxCalls: 1 });
    expect(issued.status).toBe(201);
  });

  it('keeps hashes alone, for a day, and is deleted by the retention', async () => {
    const own = await startGatehouse();
    const person = own.bearer();
    const post = (to = 'k') =>
      own.send('POST', '/api/v1/api-keys', {
        headers: { ...person, 'idempotency-key': to },
        body: { name: 'my secret name' },
      });
    const read = () => own.app.get(Database).read((manager) => manager.find(IdempotentRequest));
    const first = await post('"my secret retry"');
    expect(JSON.stringify(await read())).not.toContain('secret');
    const retention = new Retention(
      { auditDays: null, usageDays: null },
      own.app.get(Database),
      own.app.get(Clock),
    );
    own.pass(86_399);
    expect(await retention.run()).toBe(0);
    own.pass(1);
    const bearer = own.bearer();
    const next = await own.send('POST', '/api/v1/api-keys', {
      headers: { ...bearer, 'idempotency-key': '"my secret retry"' },
      body: { name: 'my secret name' },
    });
    expect([next.status, next.body.id === first.body.id]).toEqual([201, false]);
    expect(await read()).toHaveLength(1);
    own.pass(86_400);
    expect(await retention.run()).toBe(1);
    expect(await read()).toEqual([]);
    await own.close();
  });

  const fill = async (person: Headers, count: number) => {
    const { ownerId } = (await agents.me(person)).body;
    const rows = Array.from({ length: count }, (_unused, index) => ({
      id: `${ownerId} ${index}`,
      ownerId,
      request: '',
      keyId: '',
      replacedId: null,
      createdAt: new Date(gatehouse.now()),
    }));
    await gatehouse.app.get(Database).write((manager) => insertAll(manager, IdempotentRequest, rows));
  };

  it('is bounded for each owner', async () => {
    const person = aPerson();
    await fill(person, 10_000);
    for (const [path, body] of [
      ['/api-keys', { name: 'x' }],
      ['/tool-keys', { taskId: 't' }],
    ] as const) {
      const answer = await send(path, person, aKey(), body);
      expect([verdictOf(answer), Number(answer.headers['retry-after']) > 0]).toEqual([
        '429 RATE_LIMITED',
        true,
      ]);
      expect((await agents.ask('POST', `/api/v1${path}`, person, body)).status).toBe(201);
      expect((await send(path, aPerson(), aKey(), body)).status).toBe(201);
    }
  });

  it('of agents leaves room for people and their keys', async () => {
    const person = aPerson();
    await fill(person, 4_999);
    const parent = await agents.issue(person);
    const issue = (headers: Headers) => send('/tool-keys', headers, aKey(), { taskId: parent.taskId });
    // Of those that are sent at once, too, one fits.
    const verdicts = (await Promise.all([1, 2, 3].map(() => issue(by(parent.key))))).map(verdictOf);
    expect(verdicts.sort()).toEqual(['201', '429 RATE_LIMITED', '429 RATE_LIMITED']);
    expect(verdictOf(await issue(person))).toBe('201');
    expect(verdictOf(await send('/api-keys', person, aKey(), { name: 'x' }))).toBe('201');
  });
});
