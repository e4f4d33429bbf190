import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEvent, type AuditEventType } from '../src/audit/audit-event.entity.js';
import { type AuditFilter, findEvents, queriesOf } from '../src/audit/audit-search.js';
import { isPostgres } from '../src/database/data-source-of.js';
import { insertAll } from '../src/database/insert-all.js';
import { firstIdOf } from '../src/database/new-id.js';
import { open } from './support/database-tools.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

const begin = Date.parse('2026-03-01T00:00:00Z');
const hourMs = 3_600_000;
const many = 6_000;

let scratch: ScratchDatabase;
let database: Awaited<ReturnType<typeof open>>;

function eventAt(n: number, fields: Partial<AuditEvent> = {}): AuditEvent {
  const time = begin + n * 60_000;
  const key = `key-${n % 3}`;
  return {
    id: firstIdOf(time),
    time: new Date(time),
    type: n % 4 === 0 ? 'refused' : 'used',
    subjectType: 'api_key',
    subjectId: key,
    ownerId: `owner-${n % 2}`,
    userId: `user-${n % 2}`,
    actorType: 'api_key',
    actorChain: [
      { type: 'user', id: `user-${n % 2}` },
      { type: 'api_key', id: key },
    ],
    ip: null,
    userAgent: 'x'.repeat(100),
    requestId: `request-${n}`,
    traceparent: null,
    details: null,
    ...fields,
  };
}

/** What happened at the first of two times, and was recorded at the second: minutes since the beginning. */
const displaced = (type: AuditEventType, happened: number, recorded: number) =>
  eventAt(recorded, {
    type,
    id: firstIdOf(begin + recorded * 60_000 + 1),
    time: new Date(begin + happened * 60_000),
  });

beforeAll(async () => {
  scratch = await createScratchDatabase();
  database = await open(scratch.url);
  const events = Array.from({ length: many }, (_, n) => eventAt(n, n === 100 ? { type: 'leaked' } : {}));
  events.push(displaced('expired', 1_000, 5_000), displaced('imported', 5_000, 1_000));
  await database.write((manager) => insertAll(manager, AuditEvent, events));
  await database.write((manager) => manager.query('ANALYZE'));
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

/** How the database would find the events: by which indexes, and what it would read without one. */
function plansOf(filter: AuditFilter): Promise<string[]> {
  return database.read(async (manager) => {
    const plans: string[] = [];
    for (const query of await queriesOf(manager, filter, { limit: 50 })) {
      const [sql, parameters] = query.getQueryAndParameters();
      const explain = isPostgres(manager) ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
      const rows: Record<string, string>[] = await manager.query(`${explain} ${sql}`, parameters);
      plans.push(rows.map((row) => row.detail ?? row['QUERY PLAN']).join('\n'));
    }
    return plans;
  });
}

async function find(filter: AuditFilter, limit = 500) {
  return database.read((manager) => findEvents(manager, filter, { limit }));
}

const day = { from: begin + 24 * hourMs, to: begin + 25 * hourMs };
const future = { from: begin + 1_000 * hourMs };
const past = { to: begin };

const filters: Record<string, AuditFilter> = {
  'a rare type': { type: 'leaked' },
  'a type that none has': { type: 'erased' },
  'a rare type of a busy key': { type: 'leaked', subjectId: 'key-1' },
  'a rare type of a busy owner': { type: 'leaked', ownerId: 'owner-0' },
  'a rare type of a busy user': { type: 'leaked', userId: 'user-0' },
  'a rare type of a busy actor': { type: 'leaked', actor: 'user-0' },
  'a rare request of a busy owner': { requestId: 'request-9', ownerId: 'owner-1', type: 'used' },
  'an hour': day,
  'the future': future,
  'the past': past,
  'a type within an hour': { type: 'used', ...day },
  'a key within an hour': { subjectId: 'key-1', ...day },
  'an actor in the past': { actor: 'key-1', ...past },
};

describe('the audit trail', () => {
  it.each(Object.entries(filters))('finds %s by an index', async (_name, filter) => {
    const plans = await plansOf(filter);
    for (const plan of plans) {
      expect(plan).toMatch(/ix_audit_events_|pk_audit_events|sqlite_autoindex_audit_events_1/);
      // Without a condition on the index, all events would be read.
      expect(plan).not.toMatch(/Seq Scan|SCAN event/);
      expect(plan).toMatch(/SEARCH event|Index Cond/);
    }
    if (filter.from !== undefined || filter.to !== undefined)
      expect(plans.join()).toContain('ix_audit_events_displaced');
  });

  it('lets the rarer condition of two choose the index', async () => {
    const plan = (await plansOf({ type: 'leaked', ownerId: 'owner-0' })).join();
    expect(plan).toContain('ix_audit_events_type');
    expect((await plansOf({ type: 'used', requestId: 'request-9' })).join()).toContain(
      'ix_audit_events_request',
    );
  });

  it('finds by the time of an event, also if it was recorded hours earlier or later', async () => {
    const typesIn = async (filter: AuditFilter) => new Set((await find(filter)).map(({ type }) => type));
    const around = (minute: number) => ({ from: begin + minute * 60_000, to: begin + (minute + 1) * 60_000 });
    expect(await find(around(1_000))).toMatchObject([{ type: 'expired' }, { id: eventAt(1_000).id }]);
    expect(await find(around(5_000))).toMatchObject([{ id: eventAt(5_000).id }, { type: 'imported' }]);
    expect(
      await find({ ...around(1_000), type: 'expired', ownerId: 'owner-0', actor: 'user-0' }),
    ).toHaveLength(1);
    expect(await typesIn({ from: begin + 4_990 * 60_000 })).toEqual(new Set(['used', 'refused', 'imported']));
    expect(await find({ ...around(1_000), type: 'imported' })).toEqual([]);
  });

  it('finds the same, page by page, as a search of all events', async () => {
    const wanted = {
      subjectId: 'key-1',
      type: 'refused',
      from: begin + hourMs,
      to: begin + 9 * hourMs,
    } as const;
    const all = await database.read((manager) => manager.find(AuditEvent, { order: { id: 'DESC' } }));
    const expected = all.filter(
      ({ subjectId, type, time }) =>
        subjectId === 'key-1' &&
        type === 'refused' &&
        time.getTime() >= wanted.from &&
        time.getTime() < wanted.to,
    );
    const found: string[] = [];
    for (let after: string | undefined; ; after = found.at(-1)) {
      const page = await database.read((manager) => findEvents(manager, wanted, { limit: 7, after }));
      found.push(...page.slice(0, 7).map(({ id }) => id));
      if (page.length <= 7) break;
    }
    expect(found).toEqual(expected.map(({ id }) => id));
    expect(found.length).toBeGreaterThan(14);
  });
});
