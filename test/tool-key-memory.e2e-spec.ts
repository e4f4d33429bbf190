import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Clock } from '../src/support/clock.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { type Agents, agentsOf, by, type Headers, type Issued, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';
import { holdRead } from './support/hold-database.js';

const invalid = '401 INVALID_TOOL_KEY';
let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => gatehouse.close());

async function countQueries(work: () => Promise<unknown>): Promise<number> {
  await gatehouse.app.get(KeyUsage).flush();
  const database = gatehouse.app.get(Database);
  const spies = [jest.spyOn(database, 'read'), jest.spyOn(database, 'write')];
  await work();
  const queries = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  for (const spy of spies) spy.mockRestore();
  return queries;
}

/** Cached state is used only while the change feed is synced, so no time may pass. */
async function untilItHears(): Promise<void> {
  const [database, clock] = [gatehouse.app.get(Database), gatehouse.app.get(Clock)];
  while (database.syncedAt < clock.ticks()) await sleep(20);
}

describe('a cached key', () => {
  it.each(['person', 'service key'])('costs no query, five deep below a %s', async (kind) => {
    const origin = kind === 'person' ? gatehouse.bearer() : by((await agents.serviceKey()).key);
    const line = await agents.issueLine(origin, 5, { heartbeatSeconds: 30 });
    await agents.verdicts(line);
    const queries = await countQueries(async () => {
      for (let turn = 0; turn < 10; turn += 1)
        expect(await agents.verdicts(line)).toEqual(Array(5).fill('200'));
    });
    expect(queries).toBe(0);
  });

  it('costs queries only when it was new', async () => {
    const key = await agents.issue();
    expect(await countQueries(() => agents.verdict(key))).toBeGreaterThan(0);
    expect(await countQueries(() => agents.verdict(key))).toBe(0);
  });

  it('is looked up no more when its lease was lost so long ago that no beat can still be on its way', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10 });
    const line = [parent, ...(await agents.issueLine(parent, 3))];
    await agents.verdicts(line);
    gatehouse.pass(45);
    await untilItHears();
    await agents.verdicts(line);
    const queries = await countQueries(async () => {
      for (let turn = 0; turn < 10; turn += 1)
        expect(await agents.verdicts(line)).toEqual(Array(4).fill(invalid));
    });
    expect(queries).toBe(0);
  });

  it('is looked up once by however many requests that come together', async () => {
    const [, , third] = await agents.issueLine(gatehouse.bearer(), 3);
    await agents.verdict(gatehouse.bearer());
    const one = await countQueries(() => agents.verdict(third!));
    const [, , other] = await agents.issueLine(gatehouse.bearer(), 3);
    const many = await countQueries(() =>
      agents.verdicts(Array.from({ length: 20 }, () => other) as Issued[]),
    );
    expect(many).toBe(one);
  });
});

describe('a lookup of a key that was running while its tree was revoked', () => {
  let person: Headers;

  const cuts: [string, number, (line: Issued[], origin: { id: string }) => Promise<unknown>][] = [
    ['by the end of a key above', 1, ([top]) => agents.revoke(top!, person)],
    ['by the end of the task', 1, ([top]) => agents.endTask(top!.taskId, person)],
    ['by a fence', 1, ([top]) => agents.issue(person, { taskId: top!.taskId, attempt: 2 })],
    ['by the end of the API key, seen before', 2, (_, { id }) => revokeServiceKey(id)],
    ['by the end of the API key, seen after', 1, (_, { id }) => revokeServiceKey(id)],
  ];
  const revokeServiceKey = (id: string) => agents.ask('DELETE', `/api/v1/api-keys/${id}`, person);

  it.each(cuts)('brings nothing back: cut %s', async (_what, read, cut) => {
    person = gatehouse.bearer();
    const service = await agents.serviceKey();
    const line = await agents.issueLine(by(service.key), 3);
    const held = holdRead(gatehouse, read);
    const early = agents.verdict(line[2]!);
    await held.reached;
    await cut(line, service);
    const during = agents.verdict(line[2]!);
    held.release();
    expect(await during).toBe(invalid);
    expect(['200', invalid]).toContain(await early);
    expect(await agents.verdicts(line)).toEqual([invalid, invalid, invalid]);
  });

  it('restores nothing: revoked with a personal key', async () => {
    const { key } = await createPersonalKey(gatehouse, 'held@example.com');
    const line = await agents.issueLine(by(key), 2);
    const held = holdRead(gatehouse, 2);
    const early = agents.verdict(line[1]!);
    await held.reached;
    const ended = await agents.ask('DELETE', '/api/v1/auth/api-keys', gatehouse.bearer('held@example.com'));
    expect(verdictOf(ended)).toBe('200');
    held.release();
    await early;
    expect(await agents.verdicts(line)).toEqual([invalid, invalid]);
  });
});
