import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { CurrentUser, RequireScopes } from '../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated } from '../src/auth/guards.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { type Agents, agentsOf, by, type Issued, verdictOf } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const spent = '429 BUDGET_EXCEEDED';

@Controller('work')
class WorkController {
  @Get('stacked')
  @UseGuards(Authenticated, MaybeAuthenticated, Authenticated)
  stacked() {
    return {};
  }

  @Get('scoped')
  @UseGuards(Authenticated)
  @RequireScopes('files:write')
  scoped() {
    return {};
  }

  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentUser() user?: AuthenticatedUser) {
    return { who: user?.source.type ?? 'anonymous' };
  }
}

let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse({}, { controllers: [WorkController] });
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

const give = (maxCalls: number, requester?: Parameters<Agents['issue']>[0], fields: object = {}) =>
  agents.issue(requester ?? gatehouse.bearer(), { maxCalls, ...fields });
const left = async (key: Issued) => (await agents.self(key)).body.remainingCalls as number | null;
const count = (verdicts: string[], verdict: string) => verdicts.filter((one) => one === verdict).length;
const callMany = (key: Issued, calls: number) => agents.verdicts(Array.from({ length: calls }, () => key));

describe('a key with calls', () => {
  it('makes so many and no more', async () => {
    const key = await give(2);
    for (const expected of ['200', '200', spent, spent]) expect(await agents.verdict(key)).toBe(expected);
    expect(await left(key)).toBe(0);
    expect((await agents.look(key.id)).body).toMatchObject({ maxCalls: 2, status: 'active' });
  });

  it('makes exactly so many of 100 that race', async () => {
    const key = await give(37);
    const verdicts = await callMany(key, 100);
    expect([count(verdicts, '200'), count(verdicts, spent)]).toEqual([37, 63]);
    expect(await left(key)).toBe(0);
  });

  it('keeps those that it has not made, whatever many race', async () => {
    const key = await give(150);
    expect(count(await callMany(key, 100), '200')).toBe(100);
    expect(await left(key)).toBe(50);
  });

  it('does not use them up to look at itself and to beat, and issues nothing without any', async () => {
    const key = await give(1, undefined, { heartbeatSeconds: 60 });
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await left(key)).toBe(1);
      expect((await agents.beat(key)).status).toBe(200);
      expect((await agents.requestKey(key)).status).toBe(201);
      expect(verdictOf(await agents.requestKey(key, { ttlSeconds: 0 }))).toBe('400 VALIDATION_FAILED');
    }
    expect(await agents.verdicts([key])).toEqual(['200']);
    expect(await agents.verdict(key)).toBe(spent);
    for (const answer of [await agents.self(key), await agents.beat(key)]) expect(answer.status).toBe(200);
    expect(verdictOf(await agents.requestKey(key))).toBe('429 BUDGET_EXCEEDED');
  });

  it('uses one up for each request, however many guards ask', async () => {
    const key = await give(5);
    expect((await agents.ask('GET', '/work/stacked', key)).status).toBe(200);
    expect(await left(key)).toBe(4);
  });

  it('uses none up for a request that is rejected', async () => {
    const service = await agents.serviceKey({ rateLimit: { limit: 8, windowSeconds: 3_600 } });
    const key = await give(5, by(service.key), { scopes: ['files:read'] });
    expect(verdictOf(await agents.ask('GET', '/work/scoped', key))).toBe('403 INSUFFICIENT_SCOPE');
    expect(verdictOf(await agents.ask('GET', '/api/v1/tool-keys', key))).toBe('403 FORBIDDEN');
    expect(await left(key)).toBe(5);
    for (let turn = 0; turn < 3; turn += 1) expect(await agents.verdict(key)).toBe('200');
    while ((await agents.verdict(by(service.key))) === '200');
    expect(await agents.verdict(key)).toBe('429 RATE_LIMITED');
    await agents.ask('PATCH', `/api/v1/api-keys/${service.id}`, gatehouse.bearer(), { rateLimit: null });
    expect(await left(key)).toBe(2);
  });

  it('is anonymous on optional routes when it has none left', async () => {
    const key = await give(1);
    const go = async () => (await agents.ask('GET', '/work/maybe', key)).body;
    expect([await go(), await go()]).toEqual([{ who: 'tool_key' }, { who: 'anonymous' }]);
  });

  it('leaves an event when it asks for more', async () => {
    const key = await give(1);
    await callMany(key, 3);
    const [rejected] = await agents.events({ subjectId: key.id, type: 'refused' });
    expect(rejected).toMatchObject({ details: { reason: 'BUDGET_EXCEEDED' }, actor: { type: 'tool_key' } });
  });

  it('may be issued by one that has no bound, and bounds all below', async () => {
    const free = await agents.issue();
    const bound = await give(2, free);
    const below = await agents.issue(bound);
    expect([await agents.verdict(below), await agents.verdict(bound)]).toEqual(['200', '200']);
    expect(await agents.verdicts([bound, below, free])).toEqual([spent, spent, '200']);
  });
});

describe('the calls of a child', () => {
  it('are carved out of its parent’s', async () => {
    const parent = await give(10);
    const child = await give(6, parent);
    expect([await left(parent), await left(child)]).toEqual([4, 6]);
    expect(count(await callMany(child, 10), '200')).toBe(6);
    expect(count(await callMany(parent, 10), '200')).toBe(4);
  });

  it('may be all that its parent has, and no more', async () => {
    const parent = await give(10);
    await agents.me(parent);
    const rejected = await agents.requestKey(parent, { maxCalls: 10 });
    expect(verdictOf(rejected)).toBe(spent);
    const tree = await agents.ask('GET', `/api/v1/tool-keys/${parent.id}/tree`, gatehouse.bearer());
    expect(tree.body.keys).toHaveLength(1);
    expect(await left(parent)).toBe(9);
    await give(9, parent);
    expect(await left(parent)).toBe(0);
    expect(verdictOf(await agents.requestKey(parent, { maxCalls: 1 }))).toBe(spent);
    expect(await agents.verdict(parent)).toBe(spent);
  });

  it('are given to no more children than there are calls for, when 20 are asked for at once', async () => {
    const parent = await give(10);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => agents.requestKey(parent, { maxCalls: 3 })),
    );
    expect([count(answers.map(verdictOf), '201'), count(answers.map(verdictOf), spent)]).toEqual([3, 17]);
    expect(await left(parent)).toBe(1);
  });

  it('are its parent’s when it was given none of its own, however deep', async () => {
    const parent = await give(5);
    const line = await agents.issueLine(parent, 4);
    expect(await agents.verdicts(line)).toEqual(['200', '200', '200', '200']);
    expect(await left(parent)).toBe(1);
    expect(await left(line[3]!)).toBe(1);
    const verdicts = await agents.verdicts([...line, parent]);
    expect([count(verdicts, '200'), count(verdicts, spent)]).toEqual([1, 4]);
  });

  it('come from the nearest key above that was given some', async () => {
    const top = await give(10);
    const drawing = await agents.issue(top);
    const carved = await give(4, drawing);
    const below = await agents.issue(carved);
    await callMany(below, 3);
    expect(await Promise.all([top, drawing, carved, below].map(left))).toEqual([6, 6, 1, 1]);
  });
});
