import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Database } from '../src/database/database.js';
import { Readiness } from '../src/server/health/readiness.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';

const allButTimeouts = [
  'Date',
  'clearImmediate',
  'clearInterval',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
] as const;
let gatehouse: Gatehouse;

const ready = () => gatehouse.send('GET', '/health/ready');
const sql = (text: string) =>
  gatehouse.app.get(Database).write((manager) => manager.query(text) as Promise<{ name: string }[]>);

afterEach(async () => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  await gatehouse.close();
});

describe('GET /health/ready', () => {
  beforeEach(async () => {
    gatehouse = await startGatehouse();
  });

  it('shows that the database, its schema and the keys of issuers are available', async () => {
    const { status, body } = await ready();
    expect(status).toBe(200);
    const ok = { status: 'ok' };
    expect(body).toEqual({ status: 'ready', checks: { database: ok, migrations: ok, issuers: ok } });
  });

  it('is 503 while a migration of this build is not applied, and not for one of a newer build', async () => {
    const [last] = await sql('SELECT name FROM migrations ORDER BY timestamp DESC LIMIT 1');
    await sql(`UPDATE migrations SET name = 'FromTheFuture1999999999999' WHERE name = '${last?.name}'`);
    const { status, headers, body } = await ready();
    expect([status, body.code]).toEqual([503, 'DB_UNAVAILABLE']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(body.details.checks).toEqual({
      database: { status: 'ok' },
      migrations: { status: 'failed', cause: '1 migrations of this build are not applied.' },
      issuers: { status: 'ok' },
    });
    await sql(`INSERT INTO migrations (timestamp, name) VALUES (1, '${last?.name}')`);
    gatehouse.pass(1);
    expect((await ready()).status).toBe(200);
  });

  it('is 503 when the database does not answer, with a cause that does not reveal its address', async () => {
    const failure = new Error('connect ECONNREFUSED 10.1.2.3:5432');
    jest.spyOn(gatehouse.app.get(Database), 'ping').mockRejectedValue(failure);
    const { status, body, text } = await ready();
    expect([status, body.code]).toEqual([503, 'DB_UNAVAILABLE']);
    expect(body.details.checks).toMatchObject({
      database: { status: 'failed', cause: 'It cannot be read.' },
      migrations: { status: 'unknown' },
    });
    expect(text).not.toContain('10.1.2.3');
  });

  it('takes 3 s at most, however long the database takes, and asks it once', async () => {
    const ping = jest
      .spyOn(gatehouse.app.get(Database), 'ping')
      .mockReturnValue(new Promise(() => undefined));
    const check = jest.spyOn(gatehouse.app.get(Readiness), 'check');
    jest.useFakeTimers({ doNotFake: [...allButTimeouts] });
    const asked = Promise.all(Array.from({ length: 20 }, ready));
    while (check.mock.calls.length < 20) await nextTurn();
    gatehouse.pass(3);
    jest.advanceTimersByTime(3_000);
    jest.useRealTimers();
    const answers = await asked;
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.code}`))).toEqual(
      new Set(['503 DB_UNAVAILABLE']),
    );
    expect(ping).toHaveBeenCalledTimes(1);
  });

  it('looks once for a crowd, and again after a second', async () => {
    const ping = jest.spyOn(gatehouse.app.get(Database), 'ping');
    const crowd = async () => Promise.all(Array.from({ length: 100 }, ready));
    expect((await crowd()).every(({ status }) => status === 200)).toBe(true);
    expect(ping).toHaveBeenCalledTimes(1);
    gatehouse.pass(1);
    await crowd();
    expect(ping).toHaveBeenCalledTimes(2);
  });
});

it('GET /health/live looks at nothing but the process', async () => {
  gatehouse = await startGatehouse();
  const database = gatehouse.app.get(Database);
  const looks = [jest.spyOn(database, 'ping'), jest.spyOn(database, 'read')];
  const { status, body } = await gatehouse.send('GET', '/health/live');
  expect([status, body]).toEqual([200, { status: 'live' }]);
  for (const look of looks) expect(look).not.toHaveBeenCalled();
});

describe('GET /health/ready with an unreachable issuer', () => {
  let issuer: Server;
  let isUp = false;

  beforeEach(async () => {
    isUp = false;
    issuer = createServer((_request, response) => {
      const jwks = BuiltinIssuer.open(gatehouse.configuration.dataDir).jwksAt(gatehouse.now());
      response.writeHead(isUp ? 200 : 500, { 'content-type': 'application/json' });
      response.end(isUp ? JSON.stringify(jwks) : '{}');
    });
    await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => void issuer.close());

  const options = () => {
    const { port } = issuer.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/jwks.json`;
    return { issuer: 'https://login.example.com', audience: 'us', jwksUrl };
  };

  async function untilReady(): Promise<void> {
    while ((await ready()).status !== 200) {
      gatehouse.pass(10);
      await sleep(20);
    }
  }

  it('is 503 AUTH_UNAVAILABLE until its keys were fetched once, and stays ready when it goes away later', async () => {
    gatehouse = await startGatehouse({ builtinIssuer: false, issuers: [options()] });
    const { status, body, text } = await ready();
    expect([status, body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
    const cause = '1 of 1 have no signing keys.';
    expect(body.details.checks.issuers).toEqual({ status: 'failed', cause });
    expect(text).not.toContain('127.0.0.1');
    isUp = true;
    await untilReady();
    isUp = false;
    // Longer than the keys are kept.
    gatehouse.pass(7_200);
    const later = await ready();
    expect([later.status, later.body.checks.issuers]).toEqual([200, { status: 'degraded', cause }]);
    isUp = true;
    gatehouse.pass(60);
    await untilReady();
  });

  it('is ready when there is another one, and reports it', async () => {
    gatehouse = await startGatehouse({ issuers: [options()] });
    const { status, body } = await ready();
    const issuers = { status: 'degraded', cause: '1 of 2 have no signing keys.' };
    expect([status, body.checks.issuers]).toEqual([200, issuers]);
  });
});
