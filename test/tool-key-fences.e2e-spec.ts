import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { type Agents, agentsOf, aTask, by, type Issued, verdictOf } from './support/agents.js';
import { createPersonalKey } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';
import { startReplica } from './support/second-replica.js';

const invalid = '401 INVALID_TOOL_KEY';
const { gatehouse, agents } = serveAgents();

afterEach(() => void jest.restoreAllMocks());

const issueFor = (
  taskId: string,
  attempt?: number,
  requester = gatehouse.bearer() as Record<string, string>,
) => agents.issue(requester, { taskId, attempt });
const attemptOf = async (key: Issued) => (await agents.me(key)).body.source.attempt;

describe('a key for a higher attempt', () => {
  it('ends those of lower ones, and all below them, cached or not', async () => {
    const taskId = aTask();
    const line = await agents.issueLine(gatehouse.bearer(), 5, { taskId });
    const unused = await issueFor(taskId);
    expect(await agents.verdicts(line)).toEqual(Array(5).fill('200'));
    const second = await issueFor(taskId, 2);
    expect(await agents.verdicts([...line, unused])).toEqual(Array(6).fill(invalid));
    expect(await agents.verdict(second)).toBe('200');
    expect(verdictOf(await agents.requestKey(line[0]))).toBe(invalid);
    expect((await agents.look(line[4]!.id)).body).toMatchObject({ status: 'ended', endedBecause: 'REVOKED' });
  });

  it('ends those of every issuer of the owner', async () => {
    const taskId = aTask();
    const { key } = await createPersonalKey(gatehouse);
    const service = await agents.serviceKey();
    const firsts = [await issueFor(taskId), await issueFor(taskId, 1, by(key))];
    await issueFor(taskId, 7, by(service.key));
    expect(await agents.verdicts(firsts)).toEqual([invalid, invalid]);
  });

  it('leaves an event of the fence, with how many it ended and who did it', async () => {
    const taskId = aTask();
    await agents.issueLine(gatehouse.bearer(), 3, { taskId });
    const service = await agents.serviceKey();
    await issueFor(taskId, 2, by(service.key));
    const [event] = (await agents.events({ type: 'revoked' })).filter(
      ({ details }) => details.taskId === taskId,
    );
    expect(event).toMatchObject({
      subject: { type: 'task' },
      actor: { type: 'api_key', chain: [{ type: 'api_key', id: service.id }] },
      ip: '127.0.0.1',
      details: { attempt: 1, reason: 'fenced', by: 2, ended: 3 },
    });
  });

  it('ends nothing when it cannot be issued: it is one transaction', async () => {
    const taskId = aTask();
    const first = await issueFor(taskId);
    jest.spyOn(gatehouse.app.get(AuditTrail), 'recordEach').mockRejectedValue(new Error('disk full'));
    const failed = await agents.requestKey(gatehouse.bearer(), { taskId, attempt: 2 });
    expect(verdictOf(failed)).toBe('500 INTERNAL_ERROR');
    jest.restoreAllMocks();
    expect(await agents.verdict(first)).toBe('200');
    expect(await attemptOf(await issueFor(taskId))).toBe(1);
  });

  it.each<[string, object, string]>([
    ['its scopes', { scopes: ['admin:*'] }, '403 INSUFFICIENT_SCOPE'],
    ['a field', { ttlSeconds: 0 }, '400 VALIDATION_FAILED'],
  ])('ends nothing when it is rejected for %s', async (_what, fields, rejection) => {
    const taskId = aTask();
    const first = await issueFor(taskId);
    const rejected = await agents.requestKey(gatehouse.bearer(), { taskId, attempt: 2, ...fields });
    expect(verdictOf(rejected)).toBe(rejection);
    expect(await agents.verdict(first)).toBe('200');
  });

  it('does not touch another owner’s task of the same name', async () => {
    const taskId = aTask();
    const eve = gatehouse.bearer('eve@example.com');
    const hers = await issueFor(taskId, 1, eve);
    await issueFor(taskId, 9);
    expect(await agents.verdict(hers)).toBe('200');
    expect(await attemptOf(await issueFor(taskId, undefined, eve))).toBe(1);
    await agents.endTask(taskId);
    expect(await agents.verdict(hers)).toBe('200');
  });
});

describe('a key for a lower attempt', () => {
  it('is rejected with the current one', async () => {
    const taskId = aTask();
    const current = await issueFor(taskId, 5);
    const stale = await agents.requestKey(gatehouse.bearer(), { taskId, attempt: 4 });
    expect(verdictOf(stale)).toBe('409 STALE_ATTEMPT');
    expect(stale.body.details).toEqual({ attempt: 4, current: 5 });
    expect(verdictOf(await agents.requestKey(current, { attempt: 4 }))).toBe('409 STALE_ATTEMPT');
    expect(await agents.verdict(current)).toBe('200');
  });

  it('is rejected also when no key of the current one is left', async () => {
    const taskId = aTask();
    await agents.revoke(await issueFor(taskId, 5));
    await agents.endTask(taskId);
    const stale = await agents.requestKey(gatehouse.bearer(), { taskId, attempt: 4 });
    expect(verdictOf(stale)).toBe('409 STALE_ATTEMPT');
  });
});

describe('an attempt that is far too high', () => {
  it.each([2 ** 31 - 1, 1_002])('is rejected for a new task: %i', async (attempt) => {
    const taskId = aTask();
    const rejected = await agents.requestKey(gatehouse.bearer(), { taskId, attempt });
    expect(verdictOf(rejected)).toBe('400 VALIDATION_FAILED');
    expect(rejected.body.details).toEqual([
      { path: 'attempt', message: expect.stringContaining('at most 1001') },
    ]);
    expect(await attemptOf(await issueFor(taskId))).toBe(1);
  });

  it('is rejected for a task that goes on, and ends nothing', async () => {
    const taskId = aTask();
    const first = await issueFor(taskId, 7);
    const rejected = await agents.requestKey(gatehouse.bearer(), { taskId, attempt: 1_008 });
    expect(verdictOf(rejected)).toBe('400 VALIDATION_FAILED');
    expect(await agents.verdict(first)).toBe('200');
    expect(await attemptOf(await issueFor(taskId, 1_007))).toBe(1_007);
  });

  it('is taken back by the owner, who ends the task and lets its attempts begin anew', async () => {
    const taskId = aTask();
    const path = `/api/v1/tasks/${encodeURIComponent(taskId)}/tool-keys?restart=`;
    const stray = await issueFor(taskId, 900);
    const { body } = await agents.ask('DELETE', `${path}true`, gatehouse.bearer());
    expect(body).toMatchObject({ attempt: 900, ended: 1 });
    expect(await agents.verdict(stray)).toBe(invalid);
    expect(await attemptOf(await issueFor(taskId))).toBe(1);
    const agent = await issueFor(taskId, 2);
    for (const [requester, query, verdict] of [
      [agent, 'true', '403 FORBIDDEN'],
      [gatehouse.bearer(), 'yes', '400 VALIDATION_FAILED'],
    ] as const)
      expect(verdictOf(await agents.ask('DELETE', path + query, requester))).toBe(verdict);
    expect(await agents.verdict(agent)).toBe('200');
  });
});

it('a key is for the current attempt unless it says, and 1 for a new task', async () => {
  const taskId = aTask();
  const attempts = [undefined, 1, undefined, 6, undefined, 6];
  const seen: number[] = [];
  for (const attempt of attempts) seen.push(await attemptOf(await issueFor(taskId, attempt)));
  expect(seen).toEqual([1, 1, 1, 6, 6, 6]);
});

describe('of 50 keys that are asked for at once for rising attempts', () => {
  const rising = Array.from({ length: 50 }, (_, turn) => turn + 1);
  const shuffled = rising.map((one) => ((one * 21) % 50) + 1);

  it.each<[string, number[]]>([
    ['in order', rising],
    ['in disorder', shuffled],
    ['falling', rising.toReversed()],
  ])('one attempt is alive, the highest: %s', async (_how, attempts) => {
    const taskId = aTask();
    const answers = await Promise.all(
      attempts.map((attempt) => agents.requestKey(gatehouse.bearer(), { taskId, attempt })),
    );
    await expectOneAlive(answers);
  });

  it('one attempt is alive, the highest: of two processes, each key used at once', async () => {
    const replica = await startReplica(gatehouse);
    const both = [agents, agentsOf(replica)] as const;
    const taskId = aTask();
    const answers = await Promise.all(
      shuffled.map(async (attempt, turn) => {
        const answer = await both[turn % 2]!.requestKey(gatehouse.bearer(), { taskId, attempt });
        if (answer.status === 201) await agents.verdict(answer.body);
        return answer;
      }),
    );
    await replica.close();
    // What another process changed is heard of a little later.
    const issued = answers.flatMap(({ status, body }) => (status === 201 ? [body as Issued] : []));
    const alive = async () => (await agents.verdicts(issued)).filter((verdict) => verdict === '200');
    while ((await alive()).length > 1) await sleep(50);
    await expectOneAlive(answers);
  });

  async function expectOneAlive(answers: Awaited<ReturnType<Agents['requestKey']>>[]) {
    expect(new Set(answers.map(verdictOf))).toEqual(
      new Set(answers.some(({ status }) => status === 409) ? ['201', '409 STALE_ATTEMPT'] : ['201']),
    );
    const issued = answers.flatMap(({ status, body }) => (status === 201 ? [body] : []));
    const verdicts = await agents.verdicts(issued);
    const alive = issued.filter((_, index) => verdicts[index] === '200');
    expect(alive.map(({ attempt }) => attempt)).toEqual([50]);
    expect(new Set(verdicts.filter((one) => one !== '200'))).toEqual(
      new Set(issued.length > 1 ? [invalid] : []),
    );
  }
});
