import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client } from 'pg';
import { openDatabase } from '../../src/database/open-database.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { gatehouseEntities } from '../../src/entities.js';
import { anOwner, open, ownerIds } from '../support/database-tools.js';
import { createPersonalKey, startGatehouse } from '../support/gatehouse.js';
import { hasPgBouncer, type PgBouncer, startPgBouncer, withPgBouncer } from '../support/pgbouncer.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { statusOf } from '../support/two-replicas.js';

const describeHere = hasPgBouncer ? describe : describe.skip;

describeHere(withPgBouncer('a pooler that refuses parameters of connections'), () => {
  const logger = { log: jest.fn(), warn: jest.fn(), error: jest.fn() };
  let scratch: ScratchDatabase;
  let bouncer: PgBouncer;

  beforeAll(async () => {
    scratch = await createScratchDatabase();
    bouncer = await startPgBouncer(scratch.url);
  });

  afterAll(async () => {
    await bouncer.close();
    await scratch.drop();
  });

  it('stops the start, which says what to set', async () => {
    await expect(open(bouncer.url)).rejects.toThrow('DATABASE_POOLER=true');
  });

  it('works with pooler, from the migrations on; limits hold in each transaction and stay nowhere else', async () => {
    const changeFeed = { directUrl: scratch.url };
    const options = { url: bouncer.url, entities: gatehouseEntities, pooler: true, changeFeed, logger };
    const database = await openDatabase(options);
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout',
      'idle_in_transaction_session_timeout') ORDER BY name`;
    const limits = [
      { name: 'idle_in_transaction_session_timeout', setting: '10000' },
      { name: 'lock_timeout', setting: '2000' },
      { name: 'statement_timeout', setting: '3000' },
    ];
    expect(await database.read((manager) => manager.query(settings))).toEqual(limits);
    expect(await database.write((manager) => manager.query(settings))).toEqual(limits);
    await database.write((manager) => manager.insert(Owner, anOwner('a')));
    expect(await ownerIds(database)).toEqual(['a']);
    await database.ping();
    expect(database.changeFeedState()).toMatchObject({ connected: true });
    // The next client of the one connection to the server.
    const other = new Client({ connectionString: bouncer.url });
    await other.connect();
    const { rows } = await other.query<{ setting: string }>(settings);
    expect(rows.map(({ setting }) => setting)).toEqual(['0', '0', '0']);
    await other.end();
    await database.close();
    expect(logger.warn).not.toHaveBeenCalled();
  });

  it('carries the service, with receipts', async () => {
    const gatehouse = await startGatehouse({
      databaseUrl: bouncer.url,
      databasePooler: true,
      databaseDirectUrl: scratch.url,
    });
    const headers = gatehouse.bearer();
    const { key } = await createPersonalKey(gatehouse);
    expect(await statusOf(gatehouse, { 'x-api-key': key })).toBe(200);
    const { body } = await gatehouse.send('DELETE', '/api/v1/auth/api-keys?wait=true', { headers });
    expect(body.replicas).toEqual({ live: 1, confirmed: 1, missing: [] });
    expect(await statusOf(gatehouse, { 'x-api-key': key })).toBe(401);
    expect((await gatehouse.send('GET', '/health/ready')).status).toBe(200);
    await gatehouse.close();
  });
});
