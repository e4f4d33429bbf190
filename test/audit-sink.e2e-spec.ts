import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { AuditModule } from '../src/audit/audit.module.js';
import type { AuditEntry } from '../src/audit/audit-event.js';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { SinkError } from '../src/audit/audit-sink.js';
import { AuditDispatcher } from '../src/audit/audit-dispatcher.js';
import { AuditOutboxEntry } from '../src/audit/audit-outbox.js';
import { OutboxQueue } from '../src/audit/outbox-queue.js';
import { Database } from '../src/database/database.js';
import { Clock } from '../src/support/clock.js';
import { MetricsServer } from '../src/server/metrics/metrics.server.js';
import { Retention } from '../src/server/retention.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { RecordingSink } from './support/recording-sink.js';
import { scrape } from './support/scrape.js';

const noActor = { user: null, origin: null };
const entryOf = (n: number): AuditEntry => ({
  type: 'updated',
  subjectType: 'owner',
  subjectId: `subject-${n}`,
  ownerId: 'o',
  userId: null,
  details: { n },
});

let sink: RecordingSink;
let gatehouse: Gatehouse;
let database: Database;

const start = (own: RecordingSink, overrides = {}) =>
  startGatehouse(overrides, { imports: [AuditModule.forRoot({ sink: own })] });
/** The start of the service leaves events too; with them out of the way, a test sees its own. */
beforeEach(async () => {
  sink = new RecordingSink();
  gatehouse = await start(sink);
  database = gatehouse.app.get(Database);
  await dispatch();
  sink.batches.length = 0;
  sink.calls = 0;
});
afterEach(() => gatehouse.close());

const dispatch = (at = gatehouse) => at.app.get(AuditDispatcher).run();
const waiting = () => database.read((manager) => manager.count(AuditOutboxEntry));
const record = (...entries: AuditEntry[]) =>
  database.write((manager) => gatehouse.app.get(AuditTrail).recordAll(manager, noActor, entries), {
    limitMs: 60_000,
  });
const recordMany = (count: number, from = 0) =>
  record(...Array.from({ length: count }, (_, n) => entryOf(from + n)));
const numbersSent = () => sink.batches.flat().map(({ details }) => (details as { n: number }).n);
const idsWritten = () =>
  database.read(async (manager) =>
    (await manager.find(AuditEvent, { order: { id: 'ASC' } })).map(({ id }) => id),
  );

/** Lets time pass, a minute at a time, until nothing waits; tells how many minutes that were. */
async function minutesUntil(isDone: () => boolean | Promise<boolean>, most = 200): Promise<number> {
  for (let minutes = 0; minutes <= most; minutes += 1) {
    await dispatch();
    if (await isDone()) return minutes;
    gatehouse.pass(61);
  }
  throw new Error('It is never done');
}

describe('an audit sink', () => {
  it('is sent each event once, oldest first, as the audit API gives it', async () => {
    const { key } = await createPersonalKey(gatehouse);
    await issueToolKey(gatehouse);
    await gatehouse.send('DELETE', '/api/v1/auth/api-keys', { headers: gatehouse.bearer() });
    // Rejections and uses are written a moment later.
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': gatehouse.adminKey } });
    const types = () => sink.batches.flat().map(({ type }) => type);
    while (!types().includes('refused') || !types().includes('used')) {
      await sleep(50);
      await dispatch();
    }
    const { body } = await gatehouse.send('GET', '/api/v1/admin/audit-events?limit=100', {
      headers: { 'x-api-key': gatehouse.adminKey },
    });
    const listed = body.events.toReversed().slice(-sink.ids.length);
    const sent = JSON.parse(JSON.stringify(sink.batches.flat())) as { id: string }[];
    expect(sent.sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual(listed);
    expect(types()).toEqual(expect.arrayContaining(['created', 'issued', 'revoked']));
    expect(await waiting()).toBe(0);
  });

  it('receives nothing of a change that was rolled back', async () => {
    const change = database.write(async (manager) => {
      await gatehouse.app.get(AuditTrail).record(manager, noActor, entryOf(1));
      await gatehouse.app.get(AuditTrail).recordAll(manager, noActor, [entryOf(2), entryOf(3)]);
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    expect(await waiting()).toBe(0);
    expect(await dispatch()).toBe(0);
    expect(sink.calls).toBe(0);
  });

  it('is sent a backlog of 2,000 events by id, in batches of 50, one at a time', async () => {
    await recordMany(2_000);
    expect(await dispatch()).toBe(2_000);
    expect(numbersSent()).toEqual(Array.from({ length: 2_000 }, (_, n) => n));
    expect([Math.max(...sink.batches.map(({ length }) => length)), sink.mostAtOnce]).toEqual([50, 1]);
    expect(await waiting()).toBe(0);
  });

  it('keeps an event in the trail until it is sent, however old it is', async () => {
    await recordMany(3);
    const retention = new Retention({ auditDays: 1, usageDays: null }, database, gatehouse.app.get(Clock));
    gatehouse.pass(10 * 86_400);
    await retention.run();
    expect(await waiting()).toBe(3);
    expect(await dispatch()).toBe(3);
    expect(await retention.run()).toBeGreaterThanOrEqual(3);
    expect(await idsWritten()).toEqual([]);
  });

  it('does not receive an event that was deleted from the trail, which blocks nothing', async () => {
    await recordMany(3);
    await database.write((manager) => manager.delete(AuditEvent, { subjectId: 'subject-1' }));
    expect(await dispatch()).toBe(2);
    expect(numbersSent()).toEqual([0, 2]);
    expect(await waiting()).toBe(0);
  });

  it('is sent the last events when the service stops', async () => {
    const own = new RecordingSink();
    const other = await start(own);
    const { key, id } = await createPersonalKey(other);
    // That it is used is written at the end, if not before.
    await other.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    await other.close();
    const ofKey = own.batches.flat().filter(({ subject }) => subject.id === id);
    expect(ofKey.map(({ type }) => type)).toEqual(['created', 'used']);
  });
});

describe('an audit sink that fails', () => {
  it('is asked again after 1 s, doubling, with all events, and takes them once in order', async () => {
    sink.rejects = () => true;
    await recordMany(60);
    for (const [second, calls] of [
      [0, 1],
      [0.5, 1],
      [0.6, 2],
      [1, 2],
      [1.1, 3],
      [3.8, 3],
      [0.3, 4],
    ] as const) {
      gatehouse.pass(second);
      await dispatch();
      expect(sink.calls).toBe(calls);
    }
    expect(await waiting()).toBe(60);
    sink.rejects = () => false;
    gatehouse.pass(9);
    expect(await dispatch()).toBe(60);
    expect(numbersSent()).toEqual(Array.from({ length: 60 }, (_, n) => n));
  });

  it('for one event does not go without the others, and gets that one when it takes it', async () => {
    const isPoison = ({ details }: { details: object | null }) => (details as { n: number }).n === 17;
    sink.rejects = (events) => events.some(isPoison);
    await recordMany(120);
    await minutesUntil(() => sink.ids.length === 119);
    expect(await waiting()).toBe(1);
    const calls = sink.calls;
    await minutesUntil(() => sink.calls > calls);
    await recordMany(5, 200);
    await dispatch();
    expect(numbersSent().slice(-5)).toEqual([200, 201, 202, 203, 204]);
    sink.rejects = () => false;
    await minutesUntil(async () => (await waiting()) === 0);
    expect(numbersSent().at(-1)).toBe(17);
    expect(new Set(sink.ids).size).toBe(125);
    expect(sink.ids).toHaveLength(125);
  });

  it('for more events in a row than are tried at once still gets those after them', async () => {
    sink.rejects = (events) => events.some(({ details }) => (details as { n: number }).n < 25);
    await recordMany(60);
    await minutesUntil(() => sink.ids.length === 35);
    expect(await waiting()).toBe(25);
  });

  it('for hundreds of events does not go without those that are new', async () => {
    sink.rejects = (events) => events.some(({ details }) => (details as { n: number }).n < 200);
    await recordMany(200);
    for (let minute = 0; minute < 60; minute += 1) {
      await dispatch();
      gatehouse.pass(61);
    }
    await recordMany(60, 1_000);
    await minutesUntil(() => sink.ids.length === 60, 10);
    expect(await waiting()).toBe(200);
  });

  it('is called at most once a minute while it is down', async () => {
    sink.rejects = () => true;
    await recordMany(200);
    for (let minute = 0; minute < 10; minute += 1) {
      await dispatch();
      gatehouse.pass(61);
    }
    const calls = sink.calls;
    for (let minute = 0; minute < 20; minute += 1) {
      await dispatch();
      await dispatch();
      gatehouse.pass(61);
    }
    expect(sink.calls - calls).toBeLessThanOrEqual(20 * 10);
    sink.rejects = () => false;
    await minutesUntil(async () => (await waiting()) === 0);
    expect(numbersSent().sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('fails the service neither at a request nor at its end', async () => {
    sink.rejects = () => true;
    const { key } = await createPersonalKey(gatehouse);
    await dispatch();
    const { status } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
    expect(status).toBe(200);
  });
});

describe('an audit sink that rejects events', () => {
  const reject = (isRejected: (n: number) => boolean) => {
    sink.fault = new SinkError('the webhook answered 403', 'refused');
    sink.rejects = (events) => events.some(({ details }) => isRejected((details as { n: number }).n));
  };
  const good = (from: number, to: number, isRejected: (n: number) => boolean) =>
    Array.from({ length: to - from }, (_, n) => from + n).filter((n) => !isRejected(n));

  it('gets all the others at once, in their order, however many it rejects', async () => {
    const isRejected = (n: number) => n % 5 === 3;
    reject(isRejected);
    await recordMany(240);
    expect(await dispatch()).toBe(192);
    expect(numbersSent()).toEqual(good(0, 240, isRejected));
    expect(await waiting()).toBe(48);
  });

  it('is bisected in a few calls for one event', async () => {
    reject((n) => n === 17);
    await recordMany(50);
    expect(await dispatch()).toBe(49);
    expect(sink.calls).toBeLessThanOrEqual(13);
  });

  it('gets the others also behind hundreds that it rejects, as it takes again what it took before', async () => {
    await recordMany(1);
    await dispatch();
    const isRejected = (n: number) => n > 0 && n <= 200;
    reject(isRejected);
    await recordMany(300, 1);
    expect(await dispatch()).toBe(100);
    expect(new Set(numbersSent())).toEqual(new Set([0, ...good(1, 301, isRejected)]));
    expect(await waiting()).toBe(200);
    await recordMany(5, 1_000);
    expect(await dispatch()).toBe(5);
  });

  it('is resent a rejected event alone, up to an hour apart, until it accepts it', async () => {
    const isRejected = (n: number) => n === 7;
    reject(isRejected);
    await recordMany(20);
    await dispatch();
    const before = sink.calls;
    for (let passed = 0; passed < 24 * 60; passed += 5) {
      gatehouse.pass(5 * 60);
      await dispatch();
    }
    expect(sink.calls - before).toBeGreaterThan(20);
    expect(sink.calls - before).toBeLessThan(40);
    sink.rejects = () => false;
    await minutesUntil(async () => (await waiting()) === 0, 61);
    expect(numbersSent().at(-1)).toBe(7);
    expect(new Set(sink.ids).size).toBe(20);
  });

  it('sets no event aside and makes few calls while it rejects everything', async () => {
    await recordMany(1);
    await dispatch();
    reject(() => true);
    await recordMany(200, 1);
    const before = sink.calls;
    await dispatch();
    expect(sink.calls - before).toBeLessThan(40);
    for (let minute = 0; minute < 30; minute += 1) {
      gatehouse.pass(61);
      await dispatch();
    }
    expect(gatehouse.app.get(AuditDispatcher).counts.of('refused')).toBe(0);
    const later = sink.calls;
    for (let minute = 0; minute < 20; minute += 1) {
      gatehouse.pass(61);
      await dispatch();
    }
    expect(sink.calls - later).toBeLessThanOrEqual(5 * 20);
    sink.rejects = () => false;
    await minutesUntil(async () => (await waiting()) === 0, 10);
    expect(new Set(numbersSent()).size).toBe(201);
  });

  it('counts as rejecting everything if it never accepted anything, and loses nothing', async () => {
    reject(() => true);
    await recordMany(60);
    await dispatch();
    expect(sink.calls).toBeLessThan(40);
    sink.rejects = () => false;
    gatehouse.pass(2);
    expect(await dispatch()).toBe(60);
  });

  it('is not called before the time that it asks for, a minute at most, and then sent batches as before', async () => {
    sink.rejects = () => true;
    sink.fault = new SinkError('the webhook answered 429', 'busy', 30_000);
    await recordMany(60);
    for (const [second, calls] of [
      [0, 1],
      [29, 1],
      [2, 2],
    ] as const) {
      gatehouse.pass(second);
      await dispatch();
      expect(sink.calls).toBe(calls);
    }
    sink.fault = new SinkError('the webhook answered 429', 'busy', 86_400_000);
    for (let minute = 0; minute < 10; minute += 1) {
      gatehouse.pass(61);
      await dispatch();
    }
    expect(sink.calls).toBe(12);
    sink.rejects = () => false;
    gatehouse.pass(61);
    expect(await dispatch()).toBe(60);
    expect(sink.batches.map(({ length }) => length)).toEqual([50, 10]);
  });
});

describe('two replicas', () => {
  let second: Gatehouse;
  let other: RecordingSink;

  beforeEach(async () => {
    const { dataDir, databaseUrl } = gatehouse.configuration;
    other = new RecordingSink();
    second = await start(other, { dataDir, databaseUrl });
  });
  afterEach(() => second.close());

  it('send no event twice and never at the same time', async () => {
    const busy = { now: 0, most: 0 };
    for (const one of [sink, other])
      one.wait = async () => {
        busy.most = Math.max(busy.most, (busy.now += 1));
        await sleep(2);
        busy.now -= 1;
      };
    await recordMany(1_000);
    while ((await waiting()) > 0) await Promise.all([dispatch(), dispatch(second)]);
    const ids = [...sink.ids, ...other.ids];
    expect(ids.length).toBe(1_000);
    expect(new Set(ids).size).toBe(1_000);
    expect(busy.most).toBe(1);
  });

  it('lose nothing when one is killed while it sends: the other sends it after half a minute', async () => {
    await recordMany(70);
    const claim = await gatehouse.app.get(OutboxQueue).claim();
    expect(claim?.ids).toHaveLength(50);
    second.pass(29);
    expect(await dispatch(second)).toBe(0);
    second.pass(2);
    expect(await dispatch(second)).toBe(70);
    expect(other.ids).toHaveLength(70);
  });

  it('wait for each other also after a failure of one', async () => {
    sink.rejects = () => true;
    await recordMany(10);
    await dispatch();
    expect(await dispatch(second)).toBe(0);
    second.pass(1.1);
    expect(await dispatch(second)).toBe(10);
  });

  it('that come back late take nothing from the current sender', async () => {
    await recordMany(10);
    const queue = gatehouse.app.get(OutboxQueue);
    const lost = await queue.claim();
    second.pass(31);
    const claim = await second.app.get(OutboxQueue).claim();
    expect(claim?.ids).toEqual(lost?.ids);
    await queue.putBack(lost!, { allMs: 0, claimedMs: 0 });
    expect(await second.app.get(OutboxQueue).claim()).toBeUndefined();
    const rows = await database.read((manager) => manager.find(AuditOutboxEntry));
    expect(new Set(rows.map(({ claimedUntil }) => claimedUntil?.getTime()))).toEqual(
      new Set([claim?.until.getTime()]),
    );
  });
});

describe('a clock that is set', () => {
  it('back does not delay claimed or held events', async () => {
    await recordMany(10);
    await gatehouse.app.get(OutboxQueue).claim();
    gatehouse.pass(-7_200);
    expect(await dispatch()).toBe(10);
  });

  it('back does not delay an event that is sent alone', async () => {
    sink.rejects = () => true;
    await recordMany(1);
    await minutesUntil(() => sink.calls >= 8);
    sink.rejects = () => false;
    gatehouse.pass(-86_400);
    await minutesUntil(async () => (await waiting()) === 0, 6);
    expect(sink.ids).toHaveLength(1);
  });

  it('forward at worst sends an event twice', async () => {
    await recordMany(10);
    await gatehouse.app.get(OutboxQueue).claim();
    gatehouse.pass(86_400);
    expect(await dispatch()).toBe(10);
  });
});

it('metrics show how much waits, since when, and what was sent or not', async () => {
  const metrics = { port: 0, host: '127.0.0.1' };
  const own = new RecordingSink();
  const other = await start(own, { metrics });
  const url = await other.app.get(MetricsServer).listen(metrics);
  const names = ['sink_events_total', 'outbox_events', 'outbox_oldest_seconds'];
  const told = async () => {
    const found = await scrape(url);
    return names.map((name) => found.valuesOf(`gatehouse_audit_${name}`));
  };
  expect(await told()).toEqual([
    { 'outcome="failed"': 0, 'outcome="refused"': 0, 'outcome="sent"': 0 },
    {},
    {},
  ]);
  own.rejects = () => true;
  // Ids have the time of the machine, which goes on while the clock of the tests stands.
  other.pass(100_000);
  await dispatch(other);
  const [counts, waits, ages] = await told();
  const { '': count = 0 } = waits ?? {};
  expect(count).toBeGreaterThan(0);
  expect(counts).toEqual({ 'outcome="failed"': count, 'outcome="refused"': 0, 'outcome="sent"': 0 });
  expect(ages?.['']).toBeGreaterThan(90_000);
  expect(ages?.['']).toBeLessThanOrEqual(100_001);
  own.rejects = () => false;
  other.pass(60);
  await dispatch(other);
  expect(await told()).toEqual([
    { 'outcome="failed"': count, 'outcome="refused"': 0, 'outcome="sent"': count },
    { '': 0 },
    { '': 0 },
  ]);
  await other.close();
});

it('nothing waits and nothing is sent in an application without a sink', async () => {
  const other = await startGatehouse();
  await createPersonalKey(other);
  const count = await other.app.get(Database).read((manager) => manager.count(AuditOutboxEntry));
  expect(count).toBe(0);
  expect(() => other.app.get(AuditDispatcher)).toThrow('does not exist');
  await other.close();
});
