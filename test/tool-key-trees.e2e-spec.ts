import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { AccountsService } from '../src/identity/accounts.service.js';
import { User } from '../src/identity/user.entity.js';
import { by, type Headers, type Issued, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';

const invalid = '401 INVALID_TOOL_KEY';
const alive = Array(5).fill('200');
const gone = Array(5).fill(invalid);
const keys = '/api/v1/api-keys';
const { gatehouse, agents } = serveAgents();
let person: Headers;
let turn = 0;

afterEach(() => void jest.restoreAllMocks());

const aPerson = () => (person = gatehouse.bearer(`person-${(turn += 1)}@example.com`));
const ask = (method: string, path: string, body?: unknown, requester = person) =>
  agents.ask(method, path, requester, body);

type Cut = (line: Issued[], origin: { id: string }) => Promise<unknown>;

/** Everything that ends a tree at once, by who issued its top. */
const cuts: [string, 'person' | 'personal' | 'service', Cut][] = [
  ['its topmost key is revoked', 'person', ([top]) => agents.revoke(top!, person)],
  ['its task is ended', 'person', ([top]) => agents.endTask(top!.taskId, person)],
  [
    'its task gets a higher attempt',
    'person',
    ([top]) => agents.issue(person, { taskId: top!.taskId, attempt: 2 }),
  ],
  ['the owner is disabled', 'service', () => disableOwner()],
  ['the owner of the user is disabled', 'person', () => disableOwner()],
  ['the user is disabled by hand', 'person', () => disableUser()],
  ['the user of the personal key is disabled by hand', 'personal', () => disableUser()],
  ['the personal key is revoked', 'personal', () => ask('DELETE', '/api/v1/auth/api-keys')],
  ['the personal key is refreshed', 'personal', () => ask('POST', '/api/v1/auth/api-keys/refresh')],
  ['the service key is revoked', 'service', (_, { id }) => ask('DELETE', `${keys}/${id}`)],
  [
    'the service key is disabled',
    'service',
    (_, { id }) => ask('PATCH', `${keys}/${id}`, { enabled: false }),
  ],
  [
    'the service key is rotated at once',
    'service',
    (_, { id }) => ask('POST', `${keys}/${id}/rotate`, { overlapSeconds: 0 }),
  ],
  [
    'an admin revokes the service key',
    'service',
    (_, { id }) => ask('DELETE', `/api/v1/admin/api-keys/${id}`, undefined, by(gatehouse.adminKey)),
  ],
  [
    'an admin revokes the personal key',
    'personal',
    (_, { id }) => ask('DELETE', `/api/v1/admin/api-keys/${id}`, undefined, by(gatehouse.adminKey)),
  ],
];

async function disableOwner() {
  const { ownerId } = (await agents.me(person)).body;
  return ask('POST', `/api/v1/admin/owners/${ownerId}/disable`, undefined, by(gatehouse.adminKey));
}

async function disableUser() {
  const { userId: id } = (await agents.me(person)).body;
  await gatehouse.app
    .get(Database)
    .write((manager) => manager.update(User, { id }, { disabledAt: new Date() }));
  gatehouse.app.get(AccountsService).clear();
}

async function plant(kind: 'person' | 'personal' | 'service') {
  const email = `person-${turn + 1}@example.com`;
  aPerson();
  const origin = kind === 'service' ? await agents.serviceKey({}, person) : await personal(kind, email);
  const line = await agents.issueLine(origin === undefined ? person : by(origin.key), 5);
  return { line, origin: origin ?? { id: '' } };
}

const personal = (kind: string, email: string) =>
  kind === 'personal' ? createPersonalKey(gatehouse, email) : undefined;

describe('a tree five keys deep, all cached, ends with the next request when', () => {
  it.each(cuts)('%s', async (_what, kind, cut) => {
    const { line, origin } = await plant(kind);
    const unused = await agents.issue(line[3]);
    expect(await agents.verdicts(line)).toEqual(alive);
    await cut(line, origin);
    // The deepest first: no request of another key may have prepared the answer.
    expect(await agents.verdicts(line.toReversed())).toEqual(gone);
    expect(await agents.verdict(unused)).toBe(invalid);
    expect(verdictOf(await agents.requestKey(line[3]))).toBe(invalid);
  });

  it.each(cuts)('%s, and stays ended when it is looked up anew', async (_what, kind, cut) => {
    const { line, origin } = await plant(kind);
    await cut(line, origin);
    gatehouse.pass(301);
    expect(await agents.verdicts(line)).toEqual(gone);
  });
});

describe('the end of a branch', () => {
  it('ends what is below and nothing beside or above', async () => {
    const root = await agents.issue(aPerson());
    const [left, right] = [await agents.issueLine(root, 3), await agents.issueLine(root, 3)];
    await agents.verdicts([root, ...left, ...right]);
    await agents.revoke(left[1]!, person);
    expect(await agents.verdicts([root, left[0]!])).toEqual(['200', '200']);
    expect(await agents.verdicts(left.slice(1))).toEqual([invalid, invalid]);
    expect(await agents.verdicts(right)).toEqual(['200', '200', '200']);
  });

  it('is one event, whatever is below', async () => {
    const line = await agents.issueLine(aPerson(), 5);
    await agents.revoke(line[0]!, person);
    const { ownerId } = (await agents.me(person)).body;
    const revoked = await agents.events({ type: 'revoked', ownerId });
    expect(revoked.map(({ subject }) => subject)).toEqual([{ type: 'tool_key', id: line[0]!.id }]);
  });
});

describe('DELETE /api/v1/tasks/:taskId/tool-keys', () => {
  beforeEach(() => void aPerson());

  it('ends all keys of the task, regardless of the issuer, and returns how many', async () => {
    const service = await agents.serviceKey({}, person);
    const line = await agents.issueLine(by(service.key), 5);
    const { taskId } = line[0]!;
    const others = [await agents.issue(person, { taskId }), await agents.issue(person)] as const;
    expect(new Set(await agents.verdicts([...line, ...others]))).toEqual(new Set(['200']));
    const ended = await agents.endTask(taskId, person);
    expect([ended.status, ended.body]).toEqual([200, { taskId, attempt: 1, ended: 6 }]);
    expect(await agents.verdicts([...line, ...others])).toEqual([...Array(6).fill(invalid), '200']);
    const { ownerId } = (await agents.me(person)).body;
    const [event] = await agents.events({ type: 'revoked', ownerId });
    expect(event).toMatchObject({
      subject: { type: 'task' },
      actor: { type: 'jwt' },
      details: { taskId, attempt: 1, reason: 'ended', ended: 6 },
    });
  });

  it('does not keep the task from getting new keys', async () => {
    const first = await agents.issue(person);
    await agents.endTask(first.taskId, person);
    const second = await agents.issue(person, { taskId: first.taskId });
    expect(await agents.verdicts([first, second])).toEqual([invalid, '200']);
  });

  it.each<[string, string]>([
    ['with signs that a URL has other uses for', 'a/b ?#%'],
    ['that looks like a path', '../../api-keys'],
    ['of 200 letters', 'x'.repeat(200)],
    ['of 200 letters that take nine in a URL', '任务'.repeat(100)],
  ])('knows a task %s', async (_what, taskId) => {
    const key = await agents.issue(person, { taskId });
    const ended = await agents.endTask(taskId, person);
    expect([ended.status, ended.body]).toEqual([200, { taskId, attempt: 1, ended: 1 }]);
    expect(await agents.verdict(key)).toBe(invalid);
  });

  it.each([
    '.',
    '..',
    './.',
    'a/b',
    'a%2Fb',
    'a//b',
    '/',
    String.raw`a\b`,
    '?',
    '#',
    '%',
    '%zz',
    ' ',
    '+',
    'tool-keys',
    'null',
    '任务',
    '__proto__',
  ])('ends a task named %j by its query', async (taskId) => {
    const { key } = await agents.serviceKey({}, person);
    const issued = await agents.issue(by(key), { taskId });
    const other = await agents.issue(by(key));
    const end = (id: string) =>
      agents.ask(
        'DELETE',
        `/api/v1/tasks/tool-keys?wait=true&${new URLSearchParams({ taskId: id })}`,
        by(key),
      );
    const ended = await end(taskId);
    expect([ended.status, ended.body]).toMatchObject([200, { taskId, attempt: 1, ended: 1, replicas: {} }]);
    expect(await agents.verdicts([issued, other])).toEqual([invalid, '200']);
  });

  it('ends nothing without a task in the query', async () => {
    const key = await agents.issue(person);
    for (const query of ['', '?restart=true', '?taskId=', '?taskId=a&taskId=b', '?taskId[]=a'])
      expect(verdictOf(await agents.ask('DELETE', `/api/v1/tasks/tool-keys${query}`, person))).toBe(
        '400 VALIDATION_FAILED',
      );
    expect(await agents.verdict(key)).toBe('200');
  });

  it('restarts attempts by the query, too', async () => {
    const { taskId } = await agents.issue(person, { taskId: '..', attempt: 3 });
    const path = `/api/v1/tasks/tool-keys?restart=true&${new URLSearchParams({ taskId })}`;
    expect((await agents.ask('DELETE', path, person)).status).toBe(200);
    expect((await agents.issue(person, { taskId, attempt: 1 })).taskId).toBe('..');
  });

  it('is 404 for a task without keys, and for another owner’s, whose keys live', async () => {
    const key = await agents.issue(person);
    const eve = gatehouse.bearer('eve@example.com');
    for (const taskId of [key.taskId, 'never heard of'])
      expect(verdictOf(await agents.endTask(taskId, eve))).toBe('404 NOT_FOUND');
    expect(await agents.verdict(key)).toBe('200');
  });

  it('needs tool-keys:issue, and is closed to tool keys', async () => {
    const key = await agents.issue(person);
    const reader = await agents.serviceKey({ scopes: ['tool-keys:read'] }, person);
    expect(verdictOf(await agents.endTask(key.taskId, by(reader.key)))).toBe('403 INSUFFICIENT_SCOPE');
    expect(verdictOf(await agents.endTask(key.taskId, key))).toBe('403 FORBIDDEN');
    const issuer = await agents.serviceKey({}, person);
    expect((await agents.endTask(key.taskId, by(issuer.key))).status).toBe(200);
  });
});
