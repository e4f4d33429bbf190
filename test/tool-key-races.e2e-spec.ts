import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { type Agents, agentsOf, type Issued, verdictOf } from './support/agents.js';
import { Latch } from './support/database-tools.js';
import { holdCommit, holdRead } from './support/hold-database.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const invalid = '401 INVALID_TOOL_KEY';
let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxToolKeysPerTask: 11 });
  agents = agentsOf(gatehouse);
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => gatehouse.close());

it.each<[string, (parent: Issued) => Promise<unknown>]>([
  ['revoked', (parent) => agents.revoke(parent)],
  ['ended with its task', (parent) => agents.endTask(parent.taskId)],
  ['fenced', ({ taskId }) => agents.issue(gatehouse.bearer(), { taskId, attempt: 2 })],
])('a key that is %s while it issues leaves no key behind', async (_how, end) => {
  for (let round = 0; round < 5; round += 1) {
    const parent = await agents.issue();
    const issuing = Array.from({ length: 10 }, () => agents.requestKey(parent));
    const ending = end(parent);
    const answers = await Promise.all(issuing);
    await ending;
    const issued = answers.filter(({ status }) => status === 201).map(({ body }) => body as Issued);
    expect(new Set(answers.map(verdictOf))).not.toContain('500 INTERNAL_ERROR');
    expect((await agents.verdicts([parent, ...issued])).filter((one) => one !== invalid)).toEqual([]);
  }
});

it.each<[string, (parent: Issued) => Promise<unknown>]>([
  ['revoked', (parent) => agents.revoke(parent)],
  ['ended with its task', (parent) => agents.endTask(parent.taskId)],
  ['fenced', ({ taskId }) => agents.issue(gatehouse.bearer(), { taskId, attempt: 2 })],
])('a key that is %s right after it was found good leaves no key behind', async (how, end) => {
  const parent = await agents.issue();
  expect(await agents.verdict(parent)).toBe('200');
  const held = holdRead(gatehouse, 1);
  const issuing = agents.requestKey(parent);
  await held.reached;
  await end(parent);
  held.release();
  const { status, body } = await issuing;
  expect([201, 401]).toContain(status);
  if (status === 201) expect(await agents.verdict(body)).toBe(invalid);
  const { ended } = (await agents.endTask(parent.taskId)).body;
  expect(ended).toBe(how === 'fenced' ? 1 : 0);
});

it('a key that is ended many times at once ends once', async () => {
  const key = await agents.issue();
  const answers = await Promise.all(Array.from({ length: 10 }, () => agents.revoke(key)));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.endedAt}`)).size).toBe(1);
  expect(await agents.events({ type: 'revoked', subjectId: key.id })).toHaveLength(1);
});

it('a key that is used while its tree is cut passes no more once that was answered', async () => {
  const line = await agents.issueLine(gatehouse.bearer(), 5);
  let isCut = false;
  const late: string[] = [];
  const use = async (key: Issued) => {
    for (let turn = 0; turn < 20; turn += 1) {
      const after = isCut;
      const verdict = await agents.verdict(key);
      if (after) late.push(verdict);
    }
  };
  const users = line.map(use);
  await agents.revoke(line[0]!);
  isCut = true;
  await Promise.all(users);
  expect(late.length).toBeGreaterThan(0);
  expect(new Set(late)).toEqual(new Set([invalid]));
});

it('a key lives exactly if its last beat was taken, though the lease seemed lost while that was stored', async () => {
  const key = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10 });
  gatehouse.pass(29.999);
  const held = await holdCommit(gatehouse);
  const beating = agents.beat(key);
  await held.reached;
  gatehouse.pass(0.001);
  expect(await agents.verdict(key)).toBe(invalid);
  held.release();
  const beat = await beating;
  expect(await agents.verdict(key)).toBe(verdictOf(beat));
});

it('a key below one whose last beat was just in time lives on, though its room was needed', async () => {
  const parent = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10 });
  const { taskId } = parent;
  const child = await agents.issue(parent);
  for (let count = 0; count < 9; count += 1) await agents.issue(gatehouse.bearer(), { taskId });
  gatehouse.pass(29.999);
  const held = await holdCommit(gatehouse);
  const beating = agents.beat(parent);
  await held.reached;
  gatehouse.pass(0.001);
  const asking = Array.from({ length: 4 }, () => agents.requestKey(gatehouse.bearer(), { taskId }));
  await sleep(300);
  held.release();
  expect(verdictOf(await beating)).toBe('200');
  await Promise.all(asking);
  gatehouse.pass(5.001);
  expect(await agents.verdicts([parent, child])).toEqual(['200', '200']);
});

it('a key whose last beat was just in time keeps its calls', async () => {
  const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
  const child = await agents.issue(parent, { maxCalls: 4, heartbeatSeconds: 10 });
  gatehouse.pass(29.999);
  const held = await holdCommit(gatehouse);
  const beating = agents.beat(child);
  await held.reached;
  gatehouse.pass(0.001);
  const looking = agents.ask('POST', '/api/v1/tool-keys', parent, { taskId: parent.taskId, maxCalls: 7 });
  await sleep(300);
  held.release();
  expect(verdictOf(await beating)).toBe('200');
  expect(verdictOf(await looking)).toBe('429 BUDGET_EXCEEDED');
  gatehouse.pass(5.001);
  expect(await agents.verdict(child)).toBe('200');
});

it('calls are brought back while ends are written down, and neither blocks the other', async () => {
  const database = gatehouse.app.get(Database);
  const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
  const first = await agents.issue(parent, { maxCalls: 4 });
  const second = await agents.issue(parent, { maxCalls: 4, heartbeatSeconds: 10 });
  const below = await agents.issue(first, { maxCalls: 2, heartbeatSeconds: 10 });
  await agents.revoke(first);
  gatehouse.pass(30);
  const lock = database.lock.bind(database);
  const [reached, release] = [new Latch(), new Latch()];
  jest.spyOn(database, 'lock').mockImplementation(async (manager, entity, ids) => {
    if (ids === second.id) {
      reached.open();
      await release.opened;
    }
    return lock(manager, entity, ids);
  });
  const looking = agents.self(parent);
  await Promise.race([reached.opened, looking]);
  const noting = gatehouse.app.get(EndedToolKeys).run();
  await sleep(300);
  release.open();
  const answer = await looking;
  expect([answer.status, answer.body.remainingCalls]).toEqual([200, 10]);
  await expect(noting).resolves.toEqual(expect.any(Number));
  for (const { id } of [second, below]) expect((await agents.look(id)).body.status).toBe('ended');
});

it('calls are brought back while uses are written down, and neither blocks the other', async () => {
  const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
  const first = await agents.issue(parent, { maxCalls: 4 });
  const second = await agents.issue(parent, { maxCalls: 4 });
  await gatehouse.app.get(KeyUsage).flush();
  gatehouse.pass(61);
  for (const key of [second, first]) expect(await agents.verdict(key)).toBe('200');
  for (const key of [second, first]) await agents.revoke(key);
  const trail = gatehouse.app.get(AuditTrail);
  const record = trail.record.bind(trail);
  const [reached, release] = [new Latch(), new Latch()];
  jest.spyOn(trail, 'record').mockImplementationOnce(async (...event) => {
    await record(...event);
    reached.open();
    await release.opened;
  });
  const flushing = gatehouse.app.get(KeyUsage).flush();
  await reached.opened;
  const looking = agents.self(parent);
  await sleep(300);
  release.open();
  const answer = await looking;
  expect([answer.status, answer.body.remainingCalls]).toEqual([200, 8]);
  await flushing;
  for (const { id } of [first, second])
    expect((await agents.look(id)).body.lastUsedAt).toEqual(expect.any(String));
});
