import { describe, expect, it } from '@jest/globals';
import { Clock } from '../src/principal/clock.js';
import { ToolKeyEnds } from '../src/tool-keys/tool-key-ends.js';
import { by, type Headers, type Issued } from './support/agents.js';
import { serveAgents } from './support/serve-agents.js';

const { gatehouse, agents } = serveAgents();
let turn = 0;

const aPerson = () => gatehouse.bearer(`shown-${(turn += 1)}@example.com`);
const get = (to: string, asker: Headers) => agents.ask('GET', `/api/v1/tool-keys${to}`, asker);

describe('GET /api/v1/tool-keys/:id', () => {
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
  ])('tells whether and why a key ended: by %s', async (how, endedBecause, hasTime) => {
    const person = aPerson();
    const { id } = await end(person, how);
    const seen = await get(`/${id}`, person);
    const status = endedBecause === null ? 'active' : 'ended';
    const endedAt = hasTime ? expect.any(String) : null;
    if (!['a lost lease', 'its expiry'].includes(how)) expect(seen.body.endedAt).toEqual(endedAt);
    expect(seen.body).toMatchObject({ id, status, endedBecause });
    expect((await get('', person)).body.keys).toContainEqual(seen.body);
    if (status === 'active') return;
    // Once it is written down, the reason is the same, and the end is no later than the answer.
    gatehouse.pass(60);
    await gatehouse.app.get(ToolKeyEnds).run();
    const later = (await get(`/${id}`, person)).body;
    expect(later).toMatchObject({ status, endedBecause });
    expect(Date.parse(later.endedAt)).toBeLessThanOrEqual(gatehouse.app.get(Clock).now());
  });
});
