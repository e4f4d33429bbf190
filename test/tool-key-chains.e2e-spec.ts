import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Agents, agentsOf, by, type Issued } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';

const email = 'ada@example.com';
let gatehouse: Gatehouse;
let agents: Agents;
let line: Issued[];
/** User, personal key, and five tool keys. */
let chain: { type: string; id: string }[];

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
  const personal = await createPersonalKey(gatehouse, email);
  line = await agents.issueLine(by(personal.key), 5);
  const { userId } = (await agents.me(gatehouse.bearer(email))).body;
  chain = [
    { type: 'user', id: userId },
    { type: 'api_key', id: personal.id },
    ...line.map(({ id }) => ({ type: 'tool_key', id })),
  ];
});
afterAll(() => gatehouse.close());

it('a principal carries who issued what to whom, the origin first', async () => {
  for (const [index, key] of line.entries()) {
    const { actorChain, source } = (await agents.me(key)).body;
    expect(actorChain).toEqual(chain.slice(0, index + 3));
    expect(source.keyId).toBe(key.id);
  }
});

it('a key shows its chain in every list, in its own answer and in a proxy’s question', async () => {
  const last = line[4]!;
  expect((await agents.self(last)).body.actorChain).toEqual(chain);
  expect((await agents.look(last.id)).body.actorChain).toEqual(chain);
  const tree = await agents.ask('GET', `/api/v1/tool-keys/${line[0]!.id}/tree`, gatehouse.bearer());
  expect(tree.body.keys.at(-1).actorChain).toEqual(chain);
  const status = await agents.ask('GET', '/api/v1/auth/status', last);
  expect(status.body.user.actorChain).toEqual(chain);
});

it('the event of an issue names the whole chain of the issuer, and the key it made', async () => {
  for (const [index, { id }] of line.entries()) {
    const [issued] = (await agents.events({ subjectId: id })).filter(({ type }) => type === 'issued');
    expect(issued).toMatchObject({
      subject: { type: 'tool_key', id },
      actor: { type: index === 0 ? 'api_key' : 'tool_key', chain: chain.slice(0, index + 2) },
      details: { parentId: line[index - 1]?.id ?? null },
    });
  }
});

it('so does the event of a use, and that of a rejection', async () => {
  const last = line[4]!;
  await agents.me(last);
  await agents.requestKey(last);
  const events = await agents.events({ subjectId: last.id });
  const used = events.find(({ type }) => type === 'used');
  const rejected = events.find(({ type }) => type === 'refused');
  expect(used.actor).toEqual({ type: 'tool_key', chain });
  expect(rejected.actor).toEqual({ type: 'tool_key', chain });
});

it('the event of an end names who ended it', async () => {
  const victim = await agents.issue(line[3]);
  await agents.revoke(victim, by((await agents.serviceKey({}, gatehouse.bearer(email))).key));
  const [revoked] = await agents.events({ subjectId: victim.id, type: 'revoked' });
  expect(revoked.actor).toEqual({ type: 'api_key', chain: [{ type: 'api_key', id: expect.any(String) }] });
});

it('a user sees what was done with its tool keys, however deep', async () => {
  const { events } = (await agents.ask('GET', '/api/v1/auth/api-keys/events', gatehouse.bearer(email))).body;
  const issued = events.filter(({ type }: { type: string }) => type === 'issued');
  const ids = issued.map(({ subject }: { subject: { id: string } }) => subject.id);
  expect(ids).toEqual(expect.arrayContaining(line.map(({ id }) => id)));
});
