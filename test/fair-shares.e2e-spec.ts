import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuthError } from '../src/principal/auth-error.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import { type Agents, agentsOf, aTask, by, type Headers, verdictOf } from './support/agents.js';
import { type Answer, type Gatehouse, startGatehouse } from './support/gatehouse.js';

let gatehouse: Gatehouse;
let agents: Agents;
let eve: { authorization: string };

beforeAll(async () => {
  gatehouse = await startGatehouse({ maxToolKeysPerTask: 5_000, maxToolKeysPerTaskAndMinute: 5_000 });
  agents = agentsOf(gatehouse);
  eve = gatehouse.bearer('eve@example.com');
  await agents.me(eve);
  await agents.me(gatehouse.bearer());
});
afterAll(() => gatehouse.close());

const refresh = () => gatehouse.send('POST', '/api/v1/auth/api-keys/refresh', { headers: eve });

/**
 * Sends what a greedy owner asks for all at once, and then what another one does: a lookup of a key that was not used
 * before, and a change. Tells how many of the greedy requests that were not rejected were answered before both.
 */
async function beside(greedy: readonly (() => Promise<Answer>)[]) {
  const { key } = await agents.serviceKey();
  let served = 0;
  const asked = greedy.map(async (send) => {
    const answer = await send();
    if (answer.status < 400) served += 1;
    return answer;
  });
  const others = [
    agents.me(by(key)),
    agents.ask('POST', '/api/v1/api-keys', gatehouse.bearer(), { name: 'x' }),
  ];
  const verdicts = (await Promise.all(others)).map(verdictOf);
  const servedBefore = served;
  const answers = await Promise.all(asked);
  return { verdicts, servedBefore, served, rejected: answers.filter(({ status }) => status >= 400) };
}

describe('a greedy owner is rejected, and no other is affected', () => {
  it('when it replaces its key 200 times at once', async () => {
    const { verdicts, servedBefore, served, rejected } = await beside(Array(200).fill(refresh));
    expect(verdicts).toEqual(['200', '201']);
    expect(served).toBeGreaterThan(0);
    expect(servedBefore).toBeLessThan(served);
    expect(rejected.length).toBeGreaterThan(0);
    for (const answer of rejected) {
      // What its own changes have kept waiting for 5 s is a 503.
      expect(verdictOf(answer)).toMatch(/^429 RATE_LIMITED$|^503 DB_UNAVAILABLE$/);
      expect(answer.headers['retry-after']).toMatch(/^[15]$/);
    }
  });

  it('when one of its agents sends 200 heartbeats at once', async () => {
    const key = await agents.issue(eve, { heartbeatSeconds: 10 });
    const beats = Array(200).fill(() => agents.beat(key));
    const { verdicts, served, rejected } = await beside(beats);
    expect(verdicts).toEqual(['200', '201']);
    expect(served).toBe(5);
    expect(new Set(rejected.map(verdictOf))).toEqual(new Set(['429 RATE_LIMITED']));
    expect(await agents.verdict(key)).toBe('200');
  });

  it('when it changes one key 200 times at once', async () => {
    const { id } = await agents.serviceKey({}, eve);
    const change = () => agents.ask('PATCH', `/api/v1/api-keys/${id}`, eve, { metadata: {} });
    const { verdicts, servedBefore, served, rejected } = await beside(Array(200).fill(change));
    expect(verdicts).toEqual(['200', '201']);
    expect(servedBefore).toBeLessThan(served);
    for (const answer of rejected)
      expect(verdictOf(answer)).toMatch(/^429 RATE_LIMITED$|^503 DB_UNAVAILABLE$/);
  });

  it('when it asks for 2,000 tool keys at once', async () => {
    const principalOf = async (requester: Headers) => (await agents.me(requester)).body as AuthenticatedUser;
    const [greedy, other] = [await principalOf(eve), await principalOf(gatehouse.bearer())];
    const service = gatehouse.app.get(ToolKeysService);
    let issued = 0;
    const asked = Array.from({ length: 2_000 }, async () => {
      await service.issue(greedy, { taskId: aTask() });
      issued += 1;
    });
    const settled = Promise.allSettled(asked);
    await service.issue(other, { taskId: aTask() });
    // A batch has 100, and the machine decides how many are written until its turn comes.
    expect(issued).toBeLessThan(500);
    const rejected = (await settled).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(issued + rejected.length).toBe(2_000);
    expect(rejected.length).toBeGreaterThan(1_000);
    for (const error of rejected as AuthError[])
      expect([error.code, error.retryAfterSeconds]).toEqual(['RATE_LIMITED', 1]);
  });
});

describe('a key that has used up its calls', () => {
  it('issues nothing, but still sends heartbeats and reads itself, and its child continues', async () => {
    const key = await agents.issue(gatehouse.bearer(), { maxCalls: 3, heartbeatSeconds: 10 });
    const child = await agents.issue(key, { maxCalls: 2 });
    expect(await agents.verdicts([key, key])).toEqual(expect.arrayContaining(['200', '429 BUDGET_EXCEEDED']));
    const requests = [{}, { maxCalls: 1 }, { ttlSeconds: 60 }];
    for (const fields of requests)
      expect(verdictOf(await agents.requestKey(key, fields))).toBe('429 BUDGET_EXCEEDED');
    expect(verdictOf(await agents.beat(key))).toBe('200');
    expect((await agents.self(key)).body.remainingCalls).toBe(0);
    expect(await agents.verdicts([child])).toEqual(['200']);
  });

  it('nor does a child that uses its calls; calls returned by others are available again', async () => {
    const key = await agents.issue(gatehouse.bearer(), { maxCalls: 3 });
    const [with2, without] = [await agents.issue(key, { maxCalls: 2 }), await agents.issue(key)];
    expect(await agents.verdict(without)).toBe('200');
    expect(verdictOf(await agents.requestKey(without))).toBe('429 BUDGET_EXCEEDED');
    await agents.revoke(with2);
    expect(verdictOf(await agents.requestKey(without))).toBe('201');
  });
});
