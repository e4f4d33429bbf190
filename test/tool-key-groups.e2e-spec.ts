import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ToolKey } from '../src/key-store/tool-key.entity.js';
import type { AuthError } from '../src/principal/auth-error.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { IssueQueue } from '../src/tool-keys/issue-queue.js';
import type { IssueRequest } from '../src/tool-keys/issue-request.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import { type Agents, agentsOf, aTask, by, type Issued } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const invalid = '401 INVALID_TOOL_KEY';
let gatehouse: Gatehouse;
let agents: Agents;
let person: AuthenticatedUser;

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxToolKeysPerTask: 5 });
  agents = agentsOf(gatehouse);
  person = (await agents.me(gatehouse.bearer())).body;
});
afterEach(() => void jest.restoreAllMocks());
afterAll(() => gatehouse.close());

interface Wanted {
  readonly taskId: string;
  readonly attempt?: number;
  readonly maxCalls?: number;
}

/** Queues the requests in one turn and in their order, so that the keys are issued in one transaction. */
function gatherInQueue(wanted: readonly Wanted[]): void {
  const queue = gatehouse.app.get(IssueQueue);
  const issue = queue.issue.bind(queue);
  const arrived: { request: IssueRequest; go: (key: Promise<ToolKey>) => void }[] = [];
  jest.spyOn(queue, 'issue').mockImplementation((request) => {
    const key = new Promise<ToolKey>((go) => arrived.push({ request, go }));
    if (arrived.length < wanted.length) return key;
    for (const one of wanted) {
      const index = arrived.findIndex(({ request: { planned, attempt } }) => {
        const { taskId, maxCalls } = planned;
        return taskId === one.taskId && attempt === one.attempt && maxCalls === (one.maxCalls ?? null);
      });
      const [next] = arrived.splice(index, 1);
      next?.go(issue(next.request));
    }
    return key;
  });
}

/** The keys as headers, or the codes of the rejections. */
async function issueTogether(user: AuthenticatedUser, wanted: readonly Wanted[]) {
  const service = gatehouse.app.get(ToolKeysService);
  gatherInQueue(wanted);
  const settled = await Promise.allSettled(wanted.map((one) => service.issue(user, one)));
  jest.restoreAllMocks();
  return settled.map((one) =>
    one.status === 'fulfilled' ? by(one.value.secret) : (one.reason as AuthError).code,
  );
}

const codesOf = (answers: Awaited<ReturnType<typeof issueTogether>>) =>
  answers.map((one) => (typeof one === 'string' ? one : 'issued'));
const verdictsOf = (answers: Awaited<ReturnType<typeof issueTogether>>) =>
  agents.verdicts(answers.filter((one) => typeof one !== 'string'));
const principalOf = async (key: Issued) => (await agents.me(key)).body as AuthenticatedUser;

describe('keys that are issued in one transaction', () => {
  it('do not exceed the most keys of a task', async () => {
    const taskId = aTask();
    const answers = await issueTogether(
      person,
      Array.from({ length: 8 }, () => ({ taskId })),
    );
    expect(codesOf(answers)).toEqual([...Array(5).fill('issued'), ...Array(3).fill('TOO_MANY_KEYS')]);
    expect(await verdictsOf(answers)).toEqual(Array(5).fill('200'));
    const later = await issueTogether(person, [{ taskId }, { taskId: aTask() }]);
    expect(codesOf(later)).toEqual(['TOO_MANY_KEYS', 'issued']);
  });

  it.each<[string, boolean]>([
    ['new', false],
    ['known', true],
  ])('fence each other in the order of the requests, of a %s task', async (_what, isKnown) => {
    const taskId = aTask();
    const before = isKnown ? [await agents.issue(gatehouse.bearer(), { taskId })] : [];
    const attempts = [2, undefined, 5, 3, 5, undefined, 4, 6, 6];
    const answers = await issueTogether(
      person,
      attempts.map((attempt) => ({ taskId, attempt })),
    );
    const [stale, issued] = ['STALE_ATTEMPT', 'issued'];
    expect(codesOf(answers)).toEqual([issued, issued, issued, stale, issued, issued, stale, issued, issued]);
    expect(await verdictsOf(answers)).toEqual([invalid, invalid, invalid, invalid, invalid, '200', '200']);
    expect(await agents.verdicts(before)).toEqual(before.map(() => invalid));
    const revoked = (await agents.events({ type: 'revoked' })).filter(
      ({ details }) => details.taskId === taskId,
    );
    const ended = revoked.map(({ details }) => [details.attempt, details.by, details.ended]).toReversed();
    expect(ended).toEqual([...(isKnown ? [[1, 2, 1]] : []), [2, 5, 2], [5, 6, 3]]);
  });

  it('leave an event each, with its own chain', async () => {
    const parent = await agents.issue();
    const answers = await issueTogether(
      await principalOf(parent),
      Array.from({ length: 3 }, () => ({ taskId: parent.taskId })),
    );
    expect(codesOf(answers)).toEqual(['issued', 'issued', 'issued']);
    for (const issued of answers) {
      if (typeof issued === 'string') continue;
      const { source } = (await agents.me(issued)).body;
      const [event] = await agents.events({ type: 'issued', subjectId: source.keyId });
      expect(event.actor.chain.at(-1)).toEqual({ type: 'tool_key', id: parent.id });
    }
  });

  it('share the calls of their parent, and the last ones get none', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 12 });
    const user = await principalOf(parent);
    const wanted = [5, 4, 3, 2, 1].map((maxCalls) => ({ taskId: parent.taskId, maxCalls }));
    const answers = await issueTogether(user, wanted);
    expect(codesOf(answers)).toEqual(['issued', 'issued', 'BUDGET_EXCEEDED', 'issued', 'BUDGET_EXCEEDED']);
    expect((await agents.self(parent)).body.remainingCalls).toBe(0);
  });

  it('are issued although another one is rejected, of any task', async () => {
    const [current, other] = [aTask(), aTask()];
    await agents.issue(gatehouse.bearer(), { taskId: current, attempt: 9 });
    const answers = await issueTogether(person, [
      { taskId: other },
      { taskId: current, attempt: 8 },
      { taskId: current },
      { taskId: other, attempt: 2 },
    ]);
    expect(codesOf(answers)).toEqual(['issued', 'STALE_ATTEMPT', 'issued', 'issued']);
    expect(await verdictsOf(answers)).toEqual([invalid, '200', '200']);
  });
});
