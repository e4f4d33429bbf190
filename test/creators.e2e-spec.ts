import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyUsage } from '../src/usage/key-usage.js';
import { agentsOf, type Agents, by, type Headers } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

const keys = '/api/v1/api-keys';
let gatehouse: Gatehouse;
let agents: Agents;
let admin: Headers;
let ada: Headers;
let userId: string;
let personal: { id: string; key: string };
/** Has `api-keys:write`, was made by Ada, and made `grandchild`. */
let maker: Json;
let grandchild: Json;

const create = async (headers: Headers, fields: object = {}) =>
  (await agents.ask('POST', keys, headers, { name: 'CI', scopes: ['files:read'], ...fields })).body as Json;
const idsOf = async (path: string, headers: Headers) =>
  ((await agents.ask('GET', path, headers)).body.keys as Json[]).map(({ id }) => id as string);

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
  admin = by(gatehouse.adminKey);
  ada = gatehouse.bearer();
  userId = (await agents.me(ada)).body.userId;
  personal = await createPersonalKey(gatehouse);
  maker = await create(ada, { scopes: ['api-keys:write', 'tool-keys:issue', 'files:read'] });
  grandchild = await create(by(maker['key']));
});
afterAll(() => gatehouse.close());

describe('createdBy', () => {
  it('is the person or, without one, the key that made it', async () => {
    const rotated = (await agents.ask('POST', `${keys}/${grandchild['id']}/rotate`, ada)).body;
    expect([maker, grandchild, rotated].map(({ createdBy }) => createdBy)).toEqual([
      { type: 'user', id: userId },
      { type: 'api_key', id: maker['id'] },
      { type: 'user', id: userId },
    ]);
    const shown = await agents.ask('GET', `/api/v1/admin/api-keys/${personal.id}`, admin);
    expect(shown.body.createdBy).toEqual({ type: 'user', id: userId });
  });

  it('is, of a tool key, who issued it', async () => {
    const byPerson = await agents.issue(ada);
    const byPersonalKey = await agents.issue(by(personal.key));
    const byServiceKey = await agents.issue(by(maker['key']));
    const child = await agents.issue(byPerson);
    const creators = [byPerson, byPersonalKey, byServiceKey, child].map((key) => (key as Json).createdBy);
    expect(creators).toEqual([
      { type: 'user', id: userId },
      { type: 'user', id: userId },
      { type: 'api_key', id: maker['id'] },
      { type: 'tool_key', id: byPerson.id },
    ]);
    const list = (id: string) => idsOf(`/api/v1/tool-keys?createdBy=${id}`, ada);
    expect(await list(userId)).toEqual([byPersonalKey.id, byPerson.id]);
    expect(await list(maker['id'])).toEqual([byServiceKey.id]);
    expect(await list(byPerson.id)).toEqual([child.id]);
    expect(await idsOf(`/api/v1/tool-keys?createdBy=${userId}&taskId=other`, ada)).toEqual([]);
  });

  it('narrows the list of an owner, and no other owner’s keys', async () => {
    const eve = gatehouse.bearer('eve@example.com');
    const foreign = await create(eve);
    expect(await idsOf(`${keys}?createdBy=${maker['id']}`, ada)).toEqual([grandchild['id']]);
    const made = await idsOf(`${keys}?createdBy=${userId}`, ada);
    expect(made).toContain(maker['id']);
    expect(made).not.toContain(grandchild['id']);
    expect(await idsOf(`${keys}?createdBy=${userId}`, eve)).toEqual([]);
    expect(await idsOf(`${keys}?createdBy=${foreign['createdBy'].id}`, ada)).toEqual([]);
  });

  it('shows an admin all that a person made, for every owner, by one query', async () => {
    const query = `/api/v1/admin/api-keys?createdBy=${userId}`;
    const { keys: found, total } = (await agents.ask('GET', query, admin)).body;
    expect(total).toBe(found.length);
    const ids = (found as Json[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([personal.id, maker['id']]));
    expect(found.every((key: Json) => key['createdBy'].id === userId)).toBe(true);
  });

  it.each(['', 'x'.repeat(256), 'a%00b'])('is not narrowed by %j', async (id) => {
    for (const path of [keys, '/api/v1/tool-keys'])
      expect((await agents.ask('GET', `${path}?createdBy=${id}`, ada)).status).toBe(400);
  });
});

describe('GET /api/v1/admin/audit-events?actor=', () => {
  const eventsOf = async (query: string) => {
    await gatehouse.app.get(KeyUsage).flush();
    const answer = await agents.ask('GET', `/api/v1/admin/audit-events?limit=100&${query}`, admin);
    return answer.body.events as Json[];
  };
  const chainsOf = (events: readonly Json[]) =>
    events.map(({ actor }) => actor.chain.map(({ id }: Json) => id));

  it('shows what a person did, with tokens and with keys', async () => {
    const fresh = gatehouse.bearer('mallory@example.com');
    const { body } = await agents.me(fresh);
    const key = await createPersonalKey(gatehouse, 'mallory@example.com');
    const tool = await agents.issue(by(key.key));
    await agents.me(tool);
    const events = await eventsOf(`actor=${body.userId}`);
    expect(events.map(({ type, subject }) => `${type} ${subject.type}`)).toEqual(
      expect.arrayContaining(['created api_key', 'issued tool_key', 'used tool_key']),
    );
    expect(chainsOf(events).every(([first]) => first === body.userId)).toBe(true);
    // The last of the chain is an actor, too.
    const ofTool = await eventsOf(`actor=${tool.id}`);
    expect(ofTool.map(({ type }) => type)).toEqual(['used']);
    const ofKey = await eventsOf(`actor=${key.id}`);
    expect(ofKey.map(({ type }) => type)).toContain('issued');
    expect(chainsOf(ofKey).every((chain) => chain.at(-1) === key.id)).toBe(true);
  });

  it('joins pages, each event once and the newest first, and takes other filters', async () => {
    const all = (await eventsOf(`actor=${maker['id']}`)).map(({ id }) => id);
    expect(all.length).toBeGreaterThan(2);
    expect(all).toEqual([...new Set(all)].sort().toReversed());
    const walked: string[] = [];
    let cursor = '';
    do {
      const path = `/api/v1/admin/audit-events?limit=1&actor=${maker['id']}${cursor && `&cursor=${cursor}`}`;
      const { body } = await agents.ask('GET', path, admin);
      walked.push(...(body.events as Json[]).map(({ id }) => id as string));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(walked).toEqual(all);
    const created = await eventsOf(`actor=${maker['id']}&type=created`);
    expect(created.map(({ subject }) => subject.id)).toEqual([grandchild['id']]);
  });

  it('finds nothing of one who did nothing, and of nobody', async () => {
    expect(await eventsOf(`actor=${grandchild['id']}`)).toEqual([]);
    expect(await eventsOf("actor='%20OR%201=1%20--")).toEqual([]);
    for (const id of ['', '%00'])
      expect((await agents.ask('GET', `/api/v1/admin/audit-events?actor=${id}`, admin)).status).toBe(400);
  });
});
