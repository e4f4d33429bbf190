import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { type Agents, agentsOf, by, type Headers, verdictOf } from '../support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { Rooms } from '../support/rooms.js';

@Controller('rooms')
class RoomsController extends Rooms {}

let gatehouse: Gatehouse;
let lenient: Gatehouse;
let agents: Agents;
let personal: { id: string; key: string };

beforeAll(async () => {
  gatehouse = await startGatehouse({ confineAgents: true }, { controllers: [RoomsController] });
  lenient = await startGatehouse();
  agents = agentsOf(gatehouse);
  personal = await createPersonalKey(gatehouse);
});
afterAll(() => Promise.all([gatehouse.close(), lenient.close()]));

const marked = (headers: Headers, mark = '1'): Headers => ({ ...headers, 'x-agent-context': mark });
const people = (): Headers[] => [gatehouse.bearer(), by(personal.key)];

describe('a request marked X-Agent-Context: 1', () => {
  it('is rejected with a person’s token or personal key, cached or not, on every route', async () => {
    for (const headers of people()) {
      const other = await agents.me(marked(headers));
      expect(verdictOf(other)).toBe('403 AGENT_CONTEXT');
      expect(other.headers['www-authenticate']).toBeUndefined();
      expect(await agents.verdict(headers)).toBe('200');
      expect(await agents.verdict(marked(headers))).toBe('403 AGENT_CONTEXT');
      for (const [method, path] of [
        ['GET', '/api/v1/auth/api-keys'],
        ['POST', '/api/v1/tool-keys'],
        ['POST', '/api/v1/api-keys'],
        ['GET', '/api/v1/auth/check'],
      ] as const)
        expect(verdictOf(await agents.ask(method, path, marked(headers), { taskId: 't' }))).toBe(
          '403 AGENT_CONTEXT',
        );
    }
  });

  it('is rejected with a personal key sent as a bearer', async () => {
    const headers = { authorization: `Bearer ${personal.key}` };
    expect(await agents.verdict(marked(headers))).toBe('403 AGENT_CONTEXT');
  });

  it('passes with a service key and with a tool key', async () => {
    const service = await agents.serviceKey();
    const ofPerson = await agents.issue(gatehouse.bearer());
    for (const { key } of [service, ofPerson]) expect(await agents.verdict(marked(by(key)))).toBe('200');
    expect((await agents.requestKey(marked(by(ofPerson.key)), { taskId: ofPerson.taskId })).status).toBe(201);
  });

  it('does not become a person’s when its tool key is bad', async () => {
    const key = await agents.issue();
    await agents.revoke(key);
    for (const headers of people())
      expect(await agents.verdict(marked({ ...by(key.key), ...headers }))).toBe('403 AGENT_CONTEXT');
  });

  it('is anonymous on optional routes', async () => {
    for (const headers of people()) {
      for (const room of ['maybe', 'public']) {
        const answer = await agents.ask('GET', `/rooms/${room}`, marked(headers));
        expect([answer.status, answer.body]).toEqual([200, { who: 'anonymous' }]);
      }
      expect(verdictOf(await agents.ask('GET', '/rooms/strict', marked(headers)))).toBe('403 AGENT_CONTEXT');
      const status = await agents.ask('GET', '/api/v1/auth/status', marked(headers));
      expect(status.body).toEqual({ authenticated: false, user: null });
    }
  });

  it('is still a 401 with a bad credential, or none', async () => {
    expect(await agents.verdict(marked({}))).toBe('401 MISSING_TOKEN');
    expect(await agents.verdict(marked({ authorization: 'Bearer a.b.c' }))).toBe('401 INVALID_TOKEN');
    expect(await agents.verdict(marked({ 'x-api-key': 'mk_live_bad' }))).toBe('401 INVALID_API_KEY');
  });

  it('leaves an event of the rejection of a person', async () => {
    const person = gatehouse.bearer('grace@example.com');
    const { userId } = (await agents.me(person)).body;
    await agents.me(marked(person));
    const [event] = await agents.events({ subjectId: userId, type: 'refused' });
    expect(event).toMatchObject({ details: { reason: 'AGENT_CONTEXT' }, actor: { type: 'jwt' } });
  });

  it('leaves an event of the rejection of a personal key', async () => {
    await agents.me(marked(by(personal.key)));
    const [rejected] = await agents.events({ type: 'refused', subjectId: personal.id });
    expect(rejected).toMatchObject({ details: { reason: 'AGENT_CONTEXT' }, actor: { type: 'api_key' } });
  });

  it.each(['0'])('a mark of %j says that it is no agent', async (mark) => {
    for (const headers of people()) expect(await agents.verdict(marked(headers, mark))).toBe('200');
  });

  it.each(['', 'true', '2', ' 1 ', '1, 1', '0, 1', '0, 0'])('a mark of %j counts', async (mark) => {
    expect(await agents.verdict(marked(gatehouse.bearer(), mark))).toBe('403 AGENT_CONTEXT');
  });
});

it('a mark that is sent twice counts', async () => {
  const headers = { ...gatehouse.bearer(), 'x-agent-context': ['0', '1'] };
  expect(verdictOf(await gatehouse.send('GET', '/api/v1/auth/me', { headers }))).toBe('403 AGENT_CONTEXT');
});

it('is ignored by default', async () => {
  const { verdict } = agentsOf(lenient);
  expect(await verdict(marked(lenient.bearer()))).toBe('200');
  expect(await verdict(marked(by((await createPersonalKey(lenient)).key)))).toBe('200');
});
