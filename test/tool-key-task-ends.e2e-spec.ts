import { beforeEach, describe, expect, it } from '@jest/globals';
import { by, type Headers, verdictOf } from './support/agents.js';
import { serveAgents } from './support/serve-agents.js';

const dead = '401 INVALID_TOOL_KEY';
const { gatehouse, agents } = serveAgents();
let person: Headers;
let turn = 0;

beforeEach(() => {
  person = gatehouse.bearer(`person-${(turn += 1)}@example.com`);
});

describe('DELETE /api/v1/tasks/:taskId/tool-keys', () => {
  it('ends all keys of the task, whoever of the owner issued them, and says how many', async () => {
    const service = await agents.serviceKey({}, person);
    const line = await agents.issueLine(by(service.key), 5);
    const { taskId } = line[0]!;
    const others = [await agents.issue(person, { taskId }), await agents.issue(person)] as const;
    expect(new Set(await agents.verdicts([...line, ...others]))).toEqual(new Set(['200']));
    const ended = await agents.endTask(taskId, person);
    expect([ended.status, ended.body]).toEqual([200, { taskId, attempt: 1, ended: 6 }]);
    expect(await agents.verdicts([...line, ...others])).toEqual([...Array(6).fill(dead), '200']);
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
    expect(await agents.verdicts([first, second])).toEqual([dead, '200']);
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
    expect(await agents.verdict(key)).toBe(dead);
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
