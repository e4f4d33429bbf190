import os from 'node:os';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { databaseUnavailable } from '../src/database/database-errors.js';
import { insertAll } from '../src/database/insert-all.js';
import { newId } from '../src/database/new-id.js';
import { LeaseOutages } from '../src/key-store/lease-outages.js';
import { rowOfToolKey, ToolKey } from '../src/key-store/tool-key.entity.js';
import { Clock } from '../src/support/clock.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { agentsOf, type Issued, verdictOf } from './support/agents.js';
import { eventually } from './support/eventually.js';
import { startGatehouse } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';
import { TestClock } from './support/test-clock.js';

const lost = '401 INVALID_TOOL_KEY';
const later = (time: string | null, seconds: number) =>
  new Date(Date.parse(time ?? '') + seconds * 1000).toISOString();

describe('a process whose turns the test takes', () => {
  const { gatehouse, agents } = serveAgents();
  let uptime = 1_000;
  let outages: LeaseOutages;
  let database: Database;

  beforeAll(() => {
    outages = gatehouse.app.get(LeaseOutages);
    database = gatehouse.app.get(Database);
    outages.start();
  });
  beforeEach(async () => {
    jest.spyOn(os, 'uptime').mockImplementation(() => uptime);
    await outages.check();
  });
  afterEach(() => void jest.restoreAllMocks());

  /** The clock alone moves: as if the process had taken every turn meanwhile. */
  const alive = async (seconds: number) => {
    gatehouse.pass(seconds);
    await outages.check();
  };
  const away = (seconds: number) => {
    gatehouse.pass(seconds);
    uptime += seconds;
  };
  /** That of another process, which has just started unless it took turns before. */
  const anotherProcess = () => {
    const other = new LeaseOutages(database, gatehouse.app.get(Clock));
    other.start();
    return other;
  };
  const issueWithLease = (fields: object = {}) =>
    agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10, ...fields });
  const leaseOf = async ({ id }: Issued) => (await agents.look(id)).body.leaseUntil as string;
  const endsOf = async ({ id }: Issued) =>
    (await agents.events({ subjectId: id })).filter(({ type }) => type !== 'issued' && type !== 'used');

  it('does not count an outage, to the millisecond, for a key that was cached', async () => {
    const key = await issueWithLease();
    await alive(12);
    expect(await agents.verdict(key)).toBe('200');
    away(100);
    expect(await agents.verdict(key)).toBe('200');
    expect(await leaseOf(key)).toBe(later(key.leaseUntil, 100));
    await alive(17.999);
    expect(await agents.verdict(key)).toBe('200');
    await alive(0.001);
    expect(await agents.verdict(key)).toBe(lost);
  });

  it('accepts the first heartbeat after it, of a key and of those below', async () => {
    const parent = await issueWithLease();
    const [child, grandchild] = await agents.issueLine(parent, 2);
    expect(await agents.verdicts([child!, grandchild!])).toEqual(['200', '200']);
    await alive(1);
    away(45);
    expect(verdictOf(await agents.beat(grandchild!))).toBe('200');
    const { body } = await agents.beat(parent);
    expect(body.leaseUntil).toBe(later(parent.leaseUntil, 46));
    expect(await agents.verdicts([child!, grandchild!])).toEqual(['200', '200']);
  });

  it('counts from the last heartbeat, if that came after the last turn before the outage', async () => {
    const key = await issueWithLease();
    await alive(5);
    gatehouse.pass(0.9);
    const { leaseUntil } = (await agents.beat(key)).body;
    away(40);
    expect(await agents.verdict(key)).toBe('200');
    expect(await leaseOf(key)).toBe(later(leaseUntil, 40));
  });

  it('extends no lease past the expiry', async () => {
    const short = await issueWithLease({ ttlSeconds: 60 });
    const long = await issueWithLease({ ttlSeconds: 110 });
    await alive(1);
    away(100);
    expect(await agents.verdicts([short, long])).toEqual([lost, '200']);
    expect((await agents.look(short.id)).body).toMatchObject({ endedBecause: 'EXPIRED' });
    expect(await leaseOf(long)).toBe(long.expiresAt);
    await alive(10);
    expect(await agents.verdict(long)).toBe(lost);
  });

  it('revives no lease that was lost before', async () => {
    const key = await issueWithLease();
    await alive(30);
    away(100);
    expect(await agents.verdict(key)).toBe(lost);
    expect(await leaseOf(key)).toBe(key.leaseUntil);
  });

  it('records no end by an outage, and each that came before or after', async () => {
    const before = await issueWithLease();
    await alive(20);
    const after = await issueWithLease();
    await alive(10);
    away(100);
    await gatehouse.app.get(EndedToolKeys).run();
    expect((await endsOf(before)).map(({ type, time }) => [type, time])).toEqual([
      ['lease_lost', before.leaseUntil],
    ]);
    expect(await endsOf(after)).toEqual([]);
    await alive(20);
    await gatehouse.app.get(EndedToolKeys).run();
    expect((await endsOf(after)).map(({ type, time }) => [type, time])).toEqual([
      ['lease_lost', later(after.leaseUntil, 100)],
    ]);
  });

  it('counts a pause of three seconds, and a clock that is set', async () => {
    const key = await issueWithLease();
    await alive(10);
    away(3);
    await outages.check();
    expect(await leaseOf(key)).toBe(key.leaseUntil);
    gatehouse.pass(17);
    expect(await agents.verdict(key)).toBe(lost);
  });

  it('counts the time in which another process was alive', async () => {
    const other = anotherProcess();
    const key = await issueWithLease();
    await outages.check();
    await other.check();
    for (let turn = 0; turn < 10; turn += 1) {
      away(3);
      await other.check();
    }
    expect(await agents.verdict(key)).toBe(lost);
    expect(await leaseOf(key)).toBe(key.leaseUntil);
  });

  it('does not extend a lease because a process has just started', async () => {
    await alive(1_000);
    const key = await issueWithLease();
    gatehouse.pass(0.5);
    await anotherProcess().check();
    await outages.check();
    await alive(1);
    await anotherProcess().check();
    expect(Date.parse(await leaseOf(key)) - Date.parse(key.leaseUntil ?? '')).toBeLessThanOrEqual(500);
  });

  it('extends a lease once, though several processes notice', async () => {
    const key = await issueWithLease();
    await alive(10);
    away(60);
    await Promise.all([outages, anotherProcess(), anotherProcess()].map((one) => one.check()));
    expect(await leaseOf(key)).toBe(later(key.leaseUntil, 60));
  });

  it('does not count the time in which the database stored nothing: 503, then the key goes on', async () => {
    const key = await issueWithLease();
    await alive(10);
    const write = jest
      .spyOn(database, 'write')
      .mockRejectedValue(databaseUnavailable(new Error('read-only')));
    for (let turn = 0; turn < 5; turn += 1) {
      away(10);
      await expect(outages.check()).rejects.toThrow();
    }
    expect(await agents.verdict(key)).toBe('503 DB_UNAVAILABLE');
    write.mockRestore();
    expect(await agents.verdict(key)).toBe('200');
    expect(await leaseOf(key)).toBe(later(key.leaseUntil, 50));
  });

  it('answers 503 to a heartbeat that an outage has delayed', async () => {
    const key = await issueWithLease();
    await alive(10);
    const write = database.write.bind(database);
    const delayed = jest.spyOn(database, 'write').mockImplementation((work, options) => {
      if (options?.rows?.includes(rowOfToolKey(key.id))) away(100);
      return write(work, options);
    });
    expect(verdictOf(await agents.beat(key))).toBe('503 DB_UNAVAILABLE');
    delayed.mockRestore();
    expect(verdictOf(await agents.beat(key))).toBe('200');
  });

  it('returns no calls of a key to its parent because of an outage', async () => {
    const parent = await agents.issue(gatehouse.bearer(), { maxCalls: 10 });
    const child = await agents.issue(parent, { maxCalls: 6, heartbeatSeconds: 10 });
    await alive(10);
    away(100);
    expect((await agents.self(parent)).body.remainingCalls).toBe(4);
    expect((await agents.self(child)).body.remainingCalls).toBe(6);
    await alive(20);
    expect((await agents.self(parent)).body.remainingCalls).toBe(10);
  });

  it('extends thousands of leases in parts, each once, though a process ends between them and another outage follows', async () => {
    const { id } = await issueWithLease();
    const one = await database.read((manager) => manager.findOneByOrFail(ToolKey, { id }));
    const copies = Array.from({ length: 2_500 }, () => {
      const copy = newId();
      return { ...one, id: copy, hash: copy, taskRef: copy };
    });
    await database.write((manager) => insertAll(manager, ToolKey, copies));
    await alive(10);
    away(50);
    let writes = 0;
    const write: Database['write'] = (work, options) => {
      writes += 1;
      return writes === 1 ? database.write(work, options) : Promise.reject(new Error('killed'));
    };
    const killed = new LeaseOutages(
      Object.assign(Object.create(database) as Database, { write }),
      gatehouse.app.get(Clock),
    );
    await expect(killed.check()).rejects.toThrow('killed');
    away(100);
    await anotherProcess().check();
    const ends = () =>
      database.read((manager) =>
        manager
          .createQueryBuilder(ToolKey, 'key')
          .select('key.ends_at', 'end')
          .addSelect('COUNT(*)', 'keys')
          .where('key.taskId = :taskId', one)
          .groupBy('key.ends_at')
          .getRawMany<{ end: string | number; keys: string | number }>(),
      );
    expect((await ends()).map(({ end, keys }) => [Number(end), Number(keys)])).toEqual([
      [one.endsAt.getTime() + 150_000, 2_501],
    ]);
  });
});

describe('a service that is closed and started again', () => {
  const clock = new TestClock();
  const extras = { clock, runsJobs: true };
  let first: Awaited<ReturnType<typeof startGatehouse>>;
  let second: Awaited<ReturnType<typeof startGatehouse>> | undefined;

  beforeAll(async () => {
    first = await startGatehouse({}, extras);
  });
  afterAll(async () => {
    await second?.close();
    await first.close();
  });

  it('keeps the leases', async () => {
    const key = await agentsOf(first).issue(first.bearer(), { heartbeatSeconds: 10 });
    await first.app.get(LeaseOutages).check();
    await first.app.close();
    clock.pass(300);
    second = await startGatehouse(first.configuration, extras);
    expect(verdictOf(await agentsOf(second).beat(key))).toBe('200');
  });

  it('checks by itself, again and again', async () => {
    const outages = second!.app.get(LeaseOutages);
    expect(outages.period).not.toBe(0);
    const check = jest.spyOn(outages, 'check');
    await eventually(() => expect(check).toHaveBeenCalled());
  });
});
