import { describe, expect, it } from '@jest/globals';
import { Clock } from '../src/support/clock.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { type Agents, by, type Headers, type Issued, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';

const { gatehouse, agents } = serveAgents();

const secondsOf = async (key: Parameters<Agents['self']>[0]) =>
  (await agents.self(key)).body.remainingSeconds as number;
const callsOf = async (key: Parameters<Agents['self']>[0]) =>
  (await agents.self(key)).body.remainingCalls as number | null;

describe('GET /api/v1/tool-keys/self', () => {
  it('shows a key what it is, but not its secret', async () => {
    const { body } = await agents.requestKey(gatehouse.bearer(), { scopes: ['files:read'], attempt: 2 });
    const { key, shortened: _shortened, ...shown } = body;
    const self = await agents.self(by(key));
    expect(self.status).toBe(200);
    expect(self.headers['cache-control']).toBe('no-store');
    expect(self.body).toEqual({
      ...shown,
      lastUsedAt: self.body.lastUsedAt,
      remainingSeconds: 900,
      remainingCalls: null,
    });
  });

  it('counts down to the expiry in whole seconds that are really left', async () => {
    const key = await agents.issue(gatehouse.bearer(), { ttlSeconds: 100 });
    expect(await secondsOf(key)).toBe(100);
    gatehouse.pass(0.5);
    expect(await secondsOf(key)).toBe(99);
    gatehouse.pass(99);
    expect(await secondsOf(key)).toBe(0);
    gatehouse.pass(0.5);
    expect(verdictOf(await agents.self(key))).toBe('401 INVALID_TOOL_KEY');
  });

  it('counts down to the end of a lease, its own or one above', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 20 });
    const child = await agents.issue(parent, { heartbeatSeconds: 10 });
    const grandchild = await agents.issue(child);
    gatehouse.pass(10);
    const keys = [parent, child, grandchild];
    expect(await Promise.all(keys.map(secondsOf))).toEqual([50, 20, 20]);
    await agents.beat(child);
    expect(await Promise.all(keys.map(secondsOf))).toEqual([50, 30, 30]);
    gatehouse.pass(25);
    await agents.beat(child);
    expect(await Promise.all(keys.map(secondsOf))).toEqual([25, 25, 25]);
  });

  it('shows the calls left, of the key or of the key that pays for it', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
    const drawing = await agents.issue(parent);
    const carved = await agents.issue(parent, { maxCalls: 4 });
    await agents.me(parent);
    await agents.me(drawing);
    await agents.me(carved);
    expect(await Promise.all([parent, drawing, carved].map(callsOf))).toEqual([4, 4, 3]);
    await agents.revoke(carved);
    expect(await Promise.all([parent, drawing].map(callsOf))).toEqual([7, 7]);
  });

  it('is for tool keys alone', async () => {
    const personal = await createPersonalKey(gatehouse, 'self@example.com');
    for (const requester of [gatehouse.bearer(), by(personal.key), by(gatehouse.adminKey)])
      expect(verdictOf(await agents.self(requester))).toBe('403 FORBIDDEN');
    expect(verdictOf(await agents.self({}))).toBe('401 MISSING_TOKEN');
  });
});

describe('GET /api/v1/tool-keys/:id', () => {
  let turn = 0;
  const aPerson = () => gatehouse.bearer(`shown-${(turn += 1)}@example.com`);
  const get = (to: string, requester: Headers) => agents.ask('GET', `/api/v1/tool-keys${to}`, requester);

  const end = async (person: Headers, how: string): Promise<Issued> => {
    const service = await agents.serviceKey({}, person);
    const [parent, key] = await agents.issueLine(by(service.key), 2, {
      heartbeatSeconds: 10,
      ttlSeconds: 40,
    });
    if (how === 'nothing') return key!;
    if (how === 'its own revocation') await agents.revoke(key!, person);
    if (how === 'that of a key above') await agents.revoke(parent!, person);
    if (how === 'the end of its task') await agents.endTask(key!.taskId, person);
    if (how === 'a fence') await agents.issue(person, { taskId: key!.taskId, attempt: 2 });
    if (how === 'the end of its API key')
      await agents.ask('DELETE', `/api/v1/api-keys/${service.id}`, person);
    if (!['a lost lease', 'its expiry'].includes(how)) return key!;
    gatehouse.pass(20);
    await agents.beat(parent!);
    if (how === 'its expiry') await agents.beat(key!);
    gatehouse.pass(how === 'its expiry' ? 20 : 10);
    return key!;
  };

  it.each<[string, string | null, boolean]>([
    ['nothing', null, false],
    ['its own revocation', 'REVOKED', true],
    ['that of a key above', 'PARENT_REVOKED', false],
    ['the end of its task', 'REVOKED', false],
    ['a fence', 'REVOKED', false],
    ['the end of its API key', 'PARENT_REVOKED', false],
    ['a lost lease', 'LEASE_LOST', false],
    ['its expiry', 'EXPIRED', false],
  ])('shows whether and why a key ended: by %s', async (how, endedBecause, hasTime) => {
    const person = aPerson();
    const { id } = await end(person, how);
    const seen = await get(`/${id}`, person);
    const status = endedBecause === null ? 'active' : 'ended';
    const endedAt = hasTime ? expect.any(String) : null;
    if (!['a lost lease', 'its expiry'].includes(how)) expect(seen.body.endedAt).toEqual(endedAt);
    expect(seen.body).toMatchObject({ id, status, endedBecause });
    // Both are written down in the background.
    const { endedAt: _end, lastUsedAt: _use, ...rest } = seen.body;
    expect((await get('', person)).body.keys).toContainEqual(expect.objectContaining(rest));
    if (status === 'active') return;
    // Once it is written down, the reason is the same, and the end is no later than the answer.
    gatehouse.pass(60);
    await gatehouse.app.get(EndedToolKeys).run();
    const later = (await get(`/${id}`, person)).body;
    expect(later).toMatchObject({ status, endedBecause });
    expect(Date.parse(later.endedAt)).toBeLessThanOrEqual(gatehouse.app.get(Clock).now());
  });
});
