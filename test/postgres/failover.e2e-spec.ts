import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { type Answer, createPersonalKey, type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { type PostgresPair, startPostgresPair } from '../support/postgres-pair.js';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.js';
import { statusOf } from '../support/two-replicas.js';

/** The steps of one failover, in their order: two replicas, each with its own way to the database. */
describe('a failover to a standby', () => {
  let pair: PostgresPair;
  let ways: [PostgresProxy, PostgresProxy];
  let first: Gatehouse;
  let second: Gatehouse;
  let known: string;

  beforeAll(async () => {
    pair = await startPostgresPair();
    ways = [await startPostgresProxy(pair.primary.url), await startPostgresProxy(pair.primary.url)];
    first = await startGatehouse({ databaseUrl: ways[0].url, replicaName: 'first' });
    const { dataDir } = first.configuration;
    second = await startGatehouse({ dataDir, databaseUrl: ways[1].url, replicaName: 'second' });
    known = (await createPersonalKey(first, 'known@example.com')).key;
    for (const at of [first, second]) expect(await statusOf(at, { 'x-api-key': known })).toBe(200);
  });

  afterAll(async () => {
    await second.close();
    await first.close();
    for (const way of ways) await way.close();
    await pair.stop();
  });

  const ready = async (at: Gatehouse): Promise<Answer> => {
    at.pass(1);
    return at.send('GET', '/health/ready');
  };
  const untilReady = (at: Gatehouse) => eventually(async () => expect((await ready(at)).status).toBe(200));
  const create = (at: Gatehouse, name: string) =>
    at.send('POST', '/api/v1/auth/api-keys', { headers: at.bearer(`${name}@example.com`) });
  const revoke = async (at: Gatehouse, name: string) => {
    const path = '/api/v1/auth/api-keys?wait=true';
    return (await at.send('DELETE', path, { headers: at.bearer(`${name}@example.com`) })).body.replicas;
  };

  it('reads nothing from a standby, whose data may be old, and works once it is promoted', async () => {
    const { key } = await createPersonalKey(second, 'unknown@example.com');
    await pair.standby.catchUp(pair.primary);
    ways[0].leadTo(pair.standby.url);
    await ways[0].cut();
    await ways[0].restore();
    // The first ones may also fail because of the cut.
    for (let attempt = 1; attempt <= 20; attempt += 1)
      expect(await statusOf(first, { 'x-api-key': key })).toBe(503);
    expect((await ready(first)).status).toBe(503);
    await pair.standby.promote();
    await untilReady(first);
    expect(await statusOf(first, { 'x-api-key': key })).toBe(200);
    expect((await create(first, 'on-the-new-primary')).status).toBe(201);
  });

  it('does not say in a receipt what holds for the server of a moment ago', async () => {
    await create(first, 'moment');
    expect(await revoke(first, 'moment')).toMatchObject({ live: null });
  });

  it('names a replica in receipts that still reads the primary of before, however long it was not seen', async () => {
    first.pass(10);
    expect(await statusOf(second, { 'x-api-key': known })).toBe(200);
    expect(await revoke(first, 'known')).toEqual({ live: 2, confirmed: 1, missing: ['second'] });
    await pair.standby.sql(
      `UPDATE replicas SET seen_at = seen_at - interval '30 seconds' WHERE name = 'second'`,
    );
    await create(first, 'later');
    expect(await revoke(first, 'later')).toEqual({ live: 2, confirmed: 1, missing: ['second'] });
  });

  it('replaces the connections of the pool when only the change feed has moved', async () => {
    ways[1].leadTo(pair.standby.url);
    await pair.primary.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gatehouse change feed'`,
    );
    await eventually(async () => {
      await create(first, 'moved');
      expect(await revoke(first, 'moved')).toEqual({ live: 2, confirmed: 2, missing: [] });
    });
    expect(await statusOf(second, { 'x-api-key': known })).toBe(401);
  });

  it('is not ready on a server that is read-only, and again afterwards', async () => {
    await pair.standby.setReadOnly(true);
    await eventually(async () =>
      expect(await ready(first)).toMatchObject({
        status: 503,
        body: { details: { checks: { database: { status: 'failed', cause: 'It is read-only.' } } } },
      }),
    );
    await pair.standby.setReadOnly(false);
    await untilReady(first);
  });

  it('leaves a server that became read-only, although its connections stay open', async () => {
    await pair.standby.setReadOnly(true);
    await eventually(async () => expect((await create(second, 'read-only')).status).toBe(503));
    ways[1].leadTo(pair.primary.url);
    await eventually(async () => {
      second.pass(1);
      expect((await create(second, 'read-only')).status).toBe(201);
    });
    await untilReady(second);
  });
});
