import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, jest } from '@jest/globals';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { Database } from '../src/database/database.js';
import { ApiKeyStore } from '../src/key-store/api-key.store.js';
import { LeaseOutages } from '../src/key-store/lease-outages.js';
import { ToolKeyStore } from '../src/key-store/tool-key.store.js';
import { Clock } from '../src/support/clock.js';
import { EndedToolKeys } from '../src/tool-keys/tool-key-leases.js';
import { agentsOf, aTask, by, type Issued, verdictOf } from './support/agents.js';
import { open } from './support/database-tools.js';
import { startGatehouse } from './support/gatehouse.js';
import { serveAgents } from './support/serve-agents.js';

const { gatehouse, agents } = serveAgents();

afterEach(() => void jest.restoreAllMocks());

const issueWithLease = (fields: object = {}) =>
  agents.issue(gatehouse.bearer(), { heartbeatSeconds: 10, ...fields });
const noteEnds = () => gatehouse.app.get(EndedToolKeys).run();
const endsOf = async ({ id }: Issued) =>
  (await agents.events({ subjectId: id })).filter(({ type }) => type !== 'issued' && type !== 'used');
/** The job of another process. */
const jobOn = (database: Database) => {
  const clock = gatehouse.app.get(Clock);
  const store = new ToolKeyStore(
    database,
    gatehouse.app.get(ApiKeyStore),
    new LeaseOutages(database, clock),
    clock,
  );
  return new EndedToolKeys(database, store, new AuditTrail(database, clock), clock);
};

it('records once that a lease was lost and when, without an actor', async () => {
  const key = await issueWithLease();
  gatehouse.pass(45);
  await noteEnds();
  await noteEnds();
  const { ownerId, userId } = (await agents.me(gatehouse.bearer())).body;
  expect(await endsOf(key)).toEqual([
    {
      id: expect.any(String),
      time: key.leaseUntil,
      type: 'lease_lost',
      subject: { type: 'tool_key', id: key.id },
      ownerId,
      actor: { type: 'system', chain: [] },
      ip: null,
      userAgent: null,
      requestId: null,
      traceparent: null,
      details: { taskId: key.taskId, attempt: 1, prefix: key.key.slice(0, 11) },
    },
  ]);
  expect((await agents.look(key.id)).body).toMatchObject({
    endedBecause: 'LEASE_LOST',
    endedAt: key.leaseUntil,
  });
  const mine = await agents.ask('GET', '/api/v1/auth/api-keys/events', gatehouse.bearer());
  expect(userId).toEqual(expect.any(String));
  expect(mine.body.events[0]).toMatchObject({ type: 'lease_lost', subject: { id: key.id } });
});

it('does not record what has not come yet', async () => {
  const key = await issueWithLease();
  gatehouse.pass(29.999);
  await noteEnds();
  expect(await endsOf(key)).toEqual([]);
  expect((await agents.beat(key)).status).toBe(200);
});

it('does not revive a key whose end is recorded by a heartbeat', async () => {
  const key = await issueWithLease();
  gatehouse.pass(30);
  await noteEnds();
  expect(verdictOf(await agents.beat(key))).toBe('401 INVALID_TOOL_KEY');
  expect((await agents.look(key.id)).body.endedAt).toBe(key.leaseUntil);
});

it('distinguishes an expiry from a lost lease', async () => {
  const key = await agents.issue(gatehouse.bearer(), { ttlSeconds: 30 });
  const beaten = await issueWithLease({ ttlSeconds: 45 });
  gatehouse.pass(20);
  await agents.beat(beaten);
  gatehouse.pass(25);
  await noteEnds();
  expect((await endsOf(key)).map(({ type }) => type)).toEqual(['expired']);
  expect((await endsOf(beaten)).map(({ type }) => type)).toEqual(['expired']);
});

it('records nothing of keys that had ended with something above them, or were revoked', async () => {
  const parent = await agents.issue();
  const child = await agents.issue(parent, { heartbeatSeconds: 10 });
  const ofTask = await issueWithLease();
  const revoked = await issueWithLease();
  await agents.revoke(parent);
  await agents.endTask(ofTask.taskId);
  await agents.revoke(revoked);
  gatehouse.pass(30);
  await noteEnds();
  expect(await endsOf(child)).toEqual([]);
  expect(await endsOf(ofTask)).toEqual([]);
  expect((await endsOf(revoked)).map(({ type }) => type)).toEqual(['revoked']);
  expect((await agents.look(child.id)).body.endedBecause).toBe('PARENT_REVOKED');
});

it('does not record as expired a key that ended with a lost lease', async () => {
  const parent = await issueWithLease();
  const child = await agents.issue(parent, { ttlSeconds: 60 });
  gatehouse.pass(90);
  await noteEnds();
  expect((await endsOf(parent)).map(({ type }) => type)).toEqual(['lease_lost']);
  expect(await endsOf(child)).toEqual([]);
});

it('does not record as expired a key that ended with its API key', async () => {
  const service = await agents.serviceKey();
  const key = await agents.issue(by(service.key), { ttlSeconds: 60 });
  await agents.ask('DELETE', `/api/v1/api-keys/${service.id}`, gatehouse.bearer());
  gatehouse.pass(60);
  await noteEnds();
  expect(await endsOf(key)).toEqual([]);
  expect((await agents.look(key.id)).body.endedBecause).toBe('PARENT_REVOKED');
});

it('records each end once when two processes do it at the same time, 250 of them', async () => {
  const tasks = Array.from({ length: 10 }, aTask);
  const keys: Issued[] = [];
  while (keys.length < 250)
    keys.push(...(await Promise.all(tasks.map((taskId) => issueWithLease({ taskId })))));
  const other = await open(gatehouse.configuration.databaseUrl);
  gatehouse.pass(30);
  const jobs = [jobOn(gatehouse.app.get(Database)), jobOn(other), jobOn(gatehouse.app.get(Database))];
  let noted = 0;
  // Who waits too long for another leaves it at that until its next turn.
  const turn = async () => {
    const ran = await Promise.allSettled(jobs.map((job) => job.run()));
    const gaveUp = ran.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    for (const one of ran) noted += one.status === 'fulfilled' ? one.value : 0;
    return gaveUp;
  };
  for (let gaveUp = await turn(); gaveUp.length > 0; gaveUp = await turn())
    expect(new Set(gaveUp)).toEqual(new Set(['DB_UNAVAILABLE']));
  await other.close();
  const { text } = await agents.ask(
    'GET',
    '/api/v1/admin/audit-events?type=lease_lost&format=ndjson',
    by(gatehouse.adminKey),
  );
  const lost: string[] = text.match(/"subject":\{"type":"tool_key","id":"[^"]+/g) ?? [];
  const recorded = lost.map((one) => one.slice(-36)).filter((id) => keys.some((key) => key.id === id));
  expect(recorded).toHaveLength(250);
  expect(new Set(recorded).size).toBe(250);
  expect(noted).toBeLessThanOrEqual(250);
});

it('does not store the end if its event cannot be written', async () => {
  const key = await issueWithLease();
  gatehouse.pass(30);
  jest.spyOn(gatehouse.app.get(AuditTrail), 'record').mockRejectedValue(new Error('disk full'));
  await expect(noteEnds()).rejects.toThrow('disk full');
  expect((await agents.look(key.id)).body.endedAt).toBeNull();
  jest.restoreAllMocks();
  await noteEnds();
  expect((await endsOf(key)).map(({ type }) => type)).toEqual(['lease_lost']);
});

it('records ends by itself', async () => {
  const alone = await startGatehouse({}, { runsJobs: true });
  const { issue, events } = agentsOf(alone);
  const { id } = await issue(alone.bearer(), { heartbeatSeconds: 10 });
  alone.pass(30);
  while ((await events({ subjectId: id, type: 'lease_lost' })).length === 0) await sleep(100);
  await alone.close();
});
