import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { type EntityTarget, type ObjectLiteral } from 'typeorm';
import { AuditEvent } from '../src/audit/audit-event.entity.js';
import { Database } from '../src/database/database.js';
import { insertAll } from '../src/database/insert-all.js';
import { newId } from '../src/database/new-id.js';
import { Task, ToolKey } from '../src/key-store/tool-key.entity.js';
import { Clock } from '../src/support/clock.js';
import { firstIdOf } from '../src/database/new-id.js';
import { Retention } from '../src/server/retention.js';
import { KeyUsageCount } from '../src/usage/key-count.store.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';

const hour = 3_600_000;
const day = 24 * hour;
const auditDays = 30;
const usageDays = 7;
const owner = '0188b000-0000-7000-8000-000000000001';

let gatehouse: Gatehouse;
let database: Database;

beforeEach(async () => {
  gatehouse = await startGatehouse();
  database = gatehouse.app.get(Database);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await gatehouse.close();
});

function retention(periods: Partial<{ auditDays: number; usageDays: number }>): Retention {
  return new Retention({ auditDays: null, usageDays: null, ...periods }, database, gatehouse.app.get(Clock));
}

/** Makes the clock stand still, and tells where. */
function stopTheClock(): number {
  const now = Math.ceil(gatehouse.now() / hour) * hour + 1_234_567;
  jest.spyOn(gatehouse.app.get(Clock), 'now').mockReturnValue(now);
  return now;
}

/** An id of that moment; those of one moment are told apart by `n`. */
const idOf = (moment: number, n = 0) => firstIdOf(moment).slice(0, -6) + n.toString(16).padStart(6, '0');

function anEvent(moment: number, n = 0): AuditEvent {
  const [id, time] = [idOf(moment, n), new Date(moment)];
  const subject = { subjectType: 'api_key', subjectId: owner, ownerId: owner, userId: owner } as const;
  const from = {
    ip: '192.0.2.17',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
    requestId: id,
    traceparent: null,
  };
  const details = { method: 'GET', path: `/api/v1/things/${n}` };
  return { id, time, type: 'used', ...subject, actorType: 'api_key', actorChain: [], ...from, details };
}

const insert = <T extends ObjectLiteral>(entity: EntityTarget<T>, rows: readonly T[]) =>
  database.write((manager) => insertAll(manager, entity, rows), { limitMs: 30_000 });

async function idsOf(entity: EntityTarget<ObjectLiteral>, ids: readonly string[]): Promise<string[]> {
  const rows = await database.read((manager) => manager.find(entity));
  return rows
    .map(({ id }) => String(id))
    .filter((id) => ids.includes(id))
    .sort();
}

describe('the retention of the audit trail', () => {
  it('deletes events from before the bound, and none at it or after', async () => {
    const bound = stopTheClock() - auditDays * day;
    const old = [bound - 400 * day, bound - 1].map((moment) => anEvent(moment));
    const young = [bound, bound + 1, bound + day].map((moment) => anEvent(moment));
    await insert(AuditEvent, [...old, ...young]);
    expect(await retention({ auditDays }).run()).toBe(2);
    const all = [...old, ...young].map(({ id }) => id);
    expect(await idsOf(AuditEvent, all)).toEqual(young.map(({ id }) => id));
    expect(await retention({ auditDays }).run()).toBe(0);
  });

  it('deletes in batches until nothing is left, and logs how much it deleted', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const old = Array.from({ length: 1_201 }, (_, n) => anEvent(gatehouse.now() - (auditDays + 1) * day, n));
    await insert(AuditEvent, old);
    await retention({ auditDays }).run();
    expect(log.mock.calls).toEqual([['Deleted 1,201 audit events older than 30 days']]);
  });

  it('deletes nothing and says nothing unless it is asked to', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const old = anEvent(gatehouse.now() - 4_000 * day);
    await insert(AuditEvent, [old]);
    expect(await gatehouse.app.get(Retention).run()).toBe(0);
    expect(await idsOf(AuditEvent, [old.id])).toEqual([old.id]);
    expect(log).not.toHaveBeenCalled();
  });

  it('is safe when several processes do it at once', async () => {
    const old = Array.from({ length: 3_000 }, (_, n) => anEvent(gatehouse.now() - (auditDays + 1) * day, n));
    await insert(AuditEvent, old);
    const deleted = await Promise.all([1, 2, 3].map(() => retention({ auditDays }).run()));
    expect(deleted.reduce((sum, one) => sum + one)).toBe(3_000);
  });

  it('ends after the batch it is at when the service stops', async () => {
    await insert(
      AuditEvent,
      Array.from({ length: 5_000 }, (_, n) => anEvent(gatehouse.now() - (auditDays + 1) * day, n)),
    );
    const job = retention({ auditDays });
    const deleted = job.run();
    await job.onModuleDestroy();
    expect(await deleted).toBeLessThanOrEqual(1_000);
  });

  it('does not block requests while 50,000 events are deleted', async () => {
    const { key } = await createPersonalKey(gatehouse);
    for (let part = 0; part < 10; part += 1) {
      const old = Array.from({ length: 5_000 }, (_, n) =>
        anEvent(gatehouse.now() - (auditDays + 1) * day, part * 5_000 + n),
      );
      await insert(AuditEvent, old);
    }
    const state = { isDone: false };
    const deleting = retention({ auditDays })
      .run()
      .finally(() => (state.isDone = true));
    const batches = jest.spyOn(database, 'write').mock.calls;
    /** How many batches went while each request was answered. */
    const meanwhile: number[] = [];
    while (!state.isDone) {
      const before = batches.length;
      const { status } = await gatehouse.send('GET', '/api/v1/auth/me', { headers: { 'x-api-key': key } });
      expect(status).toBe(200);
      meanwhile.push(batches.length - before);
    }
    expect(await deleting).toBe(50_000);
    meanwhile.sort((a, b) => a - b);
    expect(batches.length).toBeGreaterThanOrEqual(100);
    expect(meanwhile.length).toBeGreaterThan(20);
    expect(meanwhile[Math.floor(meanwhile.length * 0.99)]).toBeLessThanOrEqual(5);
  });
});

describe('the retention of key usage', () => {
  it('deletes the counts of hours before the bound, and of no other', async () => {
    const bound = Math.floor((stopTheClock() - usageDays * day) / hour);
    const count = (at: number, keyId = newId()): KeyUsageCount => ({
      keyId,
      hour: at,
      outcome: 'VALID',
      count: 1,
      ownerId: owner,
      keyType: 'api_key',
    });
    const old = [
      count(bound - 1),
      count(bound - 10_000),
      ...Array.from({ length: 700 }, () => count(bound - 5)),
    ];
    const young = [count(bound), count(bound + 1), count(bound + usageDays * 24)];
    await insert(KeyUsageCount, [...old, ...young]);
    const event = anEvent(gatehouse.now() - 4_000 * day);
    await insert(AuditEvent, [event]);
    expect(await retention({ usageDays }).run()).toBe(old.length);
    const left = await database.read((manager) => manager.find(KeyUsageCount));
    const ids = young.map(({ keyId }) => keyId).sort();
    expect(left.map(({ keyId }) => keyId).sort()).toEqual(ids);
    expect(await idsOf(AuditEvent, [event.id])).toEqual([event.id]);
  });
});

describe('the retention of tool keys', () => {
  async function toolKey(moment: number, n: number, changes: Partial<ToolKey> = {}): Promise<ToolKey> {
    const { id } = await issueToolKey(gatehouse, { taskId: 'old-task' });
    const row = await database.read((manager) => manager.findOneByOrFail(ToolKey, { id }));
    await database.write((manager) => manager.delete(ToolKey, { id }));
    const times = {
      createdAt: new Date(moment),
      expiresAt: new Date(moment + hour),
      endsAt: new Date(moment + hour),
    };
    const ended = { endedAt: new Date(moment + hour), endReason: 'expired' } as const;
    const old = { ...row, ...times, ...ended, id: idOf(moment, n), ...changes };
    await insert(ToolKey, [old]);
    return old;
  }

  it('deletes those that have ended before the bound, children first, and keeps their task', async () => {
    const bound = stopTheClock() - auditDays * day;
    const parent = await toolKey(bound - 2 * day, 1);
    const child = await toolKey(bound - 2 * day + 1, 2, { parentId: parent.id, budgetId: parent.id });
    const grandchild = await toolKey(bound - 2 * day + 2, 3, { parentId: child.id, budgetId: parent.id });
    // Of a day before, which a key may live, nothing is known.
    const young = await toolKey(bound - day, 4);
    const endsAt = new Date(gatehouse.now() + day);
    const running = await toolKey(bound - 3 * day, 5, { endedAt: null, endReason: null, endsAt });
    const elder = await toolKey(bound - 2 * day, 6);
    const payer = await toolKey(bound - 2 * day, 7);
    const heir = await toolKey(bound, 8, { parentId: elder.id, budgetId: payer.id });
    expect(await retention({ auditDays }).run()).toBe(3);
    const all = [parent, child, grandchild, young, running, elder, payer, heir].map(({ id }) => id);
    expect(await idsOf(ToolKey, all)).toEqual(
      [young, running, elder, payer, heir].map(({ id }) => id).sort(),
    );
    expect(await database.read((manager) => manager.countBy(Task, { taskId: 'old-task' }))).toBe(1);
  });
});
