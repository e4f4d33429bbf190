import { describe, expect, it } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import { CallBudgets } from '../src/limits/call-budgets.js';
import { LeaseOutages } from '../src/key-store/lease-outages.js';
import { Clock } from '../src/support/clock.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { agentsOf, type Issued } from './support/agents.js';
import { open } from './support/database-tools.js';
import { serveAgents } from './support/serve-agents.js';
import { startReplica } from './support/second-replica.js';

const spent = '429 BUDGET_EXCEEDED';
const { gatehouse, agents } = serveAgents();

const give = (maxCalls: number | undefined, requester?: Issued, fields: object = {}) =>
  agents.issue(requester ?? gatehouse.bearer(), { maxCalls, ...fields });
const left = async (key: Issued) => (await agents.self(key)).body.remainingCalls as number;
const call = async (key: Issued, calls = 1) => {
  const verdicts = await agents.verdicts(Array.from({ length: calls }, () => key));
  return verdicts.filter((one) => one === '200').length;
};
/** Makes calls until there are none left; how many there were. */
const drain = async (key: Issued) => {
  let calls = 0;
  while ((await agents.verdict(key)) === '200') calls += 1;
  return calls;
};
const stored = ({ id }: Issued) =>
  gatehouse.app.get(Database).read((manager) => manager.findOneByOrFail(ToolKey, { id }));

describe('what a child did not use comes back', () => {
  it.each<[string, object, (child: Issued) => unknown]>([
    ['it is revoked', {}, (child) => agents.revoke(child)],
    ['it expires', { ttlSeconds: 60 }, () => gatehouse.pass(60)],
    ['it loses its lease', { heartbeatSeconds: 10 }, () => gatehouse.pass(30)],
    [
      'its lost lease was written down',
      { heartbeatSeconds: 10 },
      async () => {
        gatehouse.pass(30);
        await gatehouse.app.get(EndedToolKeys).run();
      },
    ],
  ])('when %s', async (_how, fields, end) => {
    const parent = await give(10);
    const child = await give(6, parent, fields);
    expect(await call(child, 2)).toBe(2);
    await end(child);
    expect(await left(parent)).toBe(8);
    expect(await left(parent)).toBe(8);
    expect(await drain(parent)).toBe(8);
    expect(await stored(parent)).toMatchObject({ callsUsed: 10, callsGiven: 0 });
  });

  it('to a call that needs it, without a listing', async () => {
    const parent = await give(5);
    const child = await give(5, parent);
    expect(await agents.verdict(parent)).toBe(spent);
    await call(child);
    await agents.revoke(child);
    expect(await drain(parent)).toBe(4);
  });

  it('to another child that needs it', async () => {
    const parent = await give(5);
    await agents.revoke(await give(4, parent));
    const heir = await give(5, parent);
    expect([await left(parent), await drain(heir)]).toEqual([0, 5]);
  });

  it('not while it lives, nor more than once', async () => {
    const parent = await give(10);
    const child = await give(6, parent, { heartbeatSeconds: 10 });
    gatehouse.pass(29);
    await agents.beat(child);
    gatehouse.pass(29);
    expect(await left(parent)).toBe(4);
    await agents.revoke(child);
    await Promise.all(Array.from({ length: 5 }, () => left(parent)));
    await agents.revoke(child);
    expect(await left(parent)).toBe(10);
  });

  it('with all that is below it, two levels deep, whichever ended first', async () => {
    const top = await give(30);
    const middle = await give(20, top);
    const [early, late] = [await give(5, middle), await give(6, middle)];
    const drawing = await agents.issue(late);
    await call(middle, 1);
    await call(early, 2);
    await call(drawing, 3);
    await agents.revoke(early);
    expect(await left(middle)).toBe(20 - 6 - 1 - 2);
    expect(await left(top)).toBe(10);
    await agents.revoke(middle);
    expect(await left(top)).toBe(30 - 1 - 2 - 3);
    expect(await drain(top)).toBe(24);
  });

  it('of a grandchild, past a child that was given none', async () => {
    const top = await give(10);
    const between = await agents.issue(top);
    const below = await give(8, between);
    await call(below, 3);
    await agents.revoke(between);
    expect(await drain(top)).toBe(7);
  });
});

const payer = (id: string) => ({ id, ownerId: 'ada' });

describe('a key that has ended', () => {
  it('takes none from the one above, though a request of it was under way', async () => {
    const budgets = gatehouse.app.get(CallBudgets);
    const parent = await give(10);
    const child = await give(4, parent);
    await agents.revoke(child);
    expect(await left(parent)).toBe(10);
    expect(await budgets.charge(payer(child.id))).toBe(false);
    expect(await stored(child)).toMatchObject({ callsUsed: 0, callsGiven: 0 });
    expect(await drain(parent)).toBe(10);
  });

  it('has none, if it is gone without a trace', async () => {
    expect(await gatehouse.app.get(CallBudgets).charge(payer('00000000-0000-7000-8000-000000000000'))).toBe(
      false,
    );
  });
});

describe('two processes', () => {
  it('make exactly as many calls as were given', async () => {
    const other = await open(gatehouse.configuration.databaseUrl);
    const both = [
      gatehouse.app.get(CallBudgets),
      new CallBudgets(other, gatehouse.app.get(LeaseOutages), gatehouse.app.get(Clock)),
    ] as const;
    const key = await give(77);
    const made = await Promise.all(
      Array.from({ length: 200 }, (_, turn) => both[turn % 2]!.charge(payer(key.id))),
    );
    await other.close();
    expect(made.filter(Boolean)).toHaveLength(77);
    expect(await stored(key)).toMatchObject({ callsUsed: 77 });
  });

  it('lose no call and invent none while children are issued, used and ended', async () => {
    const replica = await startReplica(gatehouse);
    const both = [agents, agentsOf(replica)] as const;
    const top = await give(60);
    const work = async (turn: number) => {
      const mine = both[turn % 2]!;
      let calls = 0;
      const use = async (key: Issued) => {
        if ((await mine.verdict(key)) === '200') calls += 1;
      };
      for (let round = 0; round < 3; round += 1) {
        await use(top);
        const answer = await mine.requestKey(top, { maxCalls: 4 });
        if (answer.status !== 201) continue;
        await Promise.all([use(answer.body), use(answer.body), use(top)]);
        await Promise.all([mine.revoke(answer.body), use(answer.body), use(top)]);
      }
      return calls;
    };
    const made = await Promise.all(Array.from({ length: 8 }, (_, turn) => work(turn)));
    await replica.close();
    const used = made.reduce((sum, calls) => sum + calls, 0);
    expect(used).toBeLessThanOrEqual(60);
    expect(used + (await drain(top))).toBe(60);
    expect(await stored(top)).toMatchObject({ callsUsed: 60, callsGiven: 0 });
  });
});
