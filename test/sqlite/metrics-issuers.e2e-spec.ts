import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type ChangeFeedState, Database } from '../../src/database/database.js';
import { MetricsServer } from '../../src/server/metrics/metrics.server.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { scrape } from '../support/scrape.js';

const good = 'https://good.example';
const bad = 'https://bad.example';
const count = 'gatehouse_jwks_fetch_duration_seconds_count';
let jwks: Server;
let gatehouse: Gatehouse;
let url: string;

beforeAll(async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }];
  jwks = createServer((request, response) => {
    response.writeHead(request.url === '/good' ? 200 : 500, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(jwks.address() as AddressInfo).port}`;
  const metrics = { port: 0, host: '127.0.0.1' };
  gatehouse = await startGatehouse({
    metrics,
    issuers: [
      { issuer: good, audience: 'us', jwksUrl: `${base}/good` },
      { issuer: bad, audience: 'us', jwksUrl: `${base}/bad` },
    ],
  });
  url = await gatehouse.app.get(MetricsServer).listen(metrics);
});
afterAll(async () => {
  await gatehouse.close();
  jwks.close();
  jwks.closeAllConnections();
});

async function valuesOnce(name: string, isThere: (values: Record<string, number>) => boolean) {
  for (let attempt = 0; ; attempt++) {
    const values = (await scrape(url)).valuesOf(name);
    if (isThere(values) || attempt === 1_000) return values;
    await sleep(20);
  }
}

it('counts fetches of the keys of issuers by their outcome', async () => {
  const values = await valuesOnce(count, (found) => Object.keys(found).length === 2);
  expect(values).toEqual({
    [`issuer="${good}",outcome="success"`]: 1,
    [`issuer="${bad}",outcome="failure"`]: 1,
  });
});

it('shows whose tokens can be verified', async () => {
  expect((await scrape(url)).valuesOf('gatehouse_issuer_reachable')).toEqual({
    'issuer="gatehouse"': 1,
    [`issuer="${good}"`]: 1,
    [`issuer="${bad}"`]: 0,
  });
});

it('makes no series for an issuer that only a token names', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'ES256', kid: 'x' })}.${part({ iss: 'https://evil.example', sub: 'x', aud: 'us', exp: 9e9 })}.c2ln`;
  const { status } = await gatehouse.send('GET', '/api/v1/auth/me', {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(status).toBe(401);
  expect((await scrape(url)).text).not.toContain('evil');
});

it('shows the state of the change feed, and nothing where there is none', async () => {
  const database = gatehouse.app.get(Database);
  const names = ['connected', 'reconnects_total', 'lag_seconds'].map(
    (name) => `gatehouse_change_feed_${name}`,
  );
  const valuesFor = async (state: ChangeFeedState | null) => {
    database.changeFeedState = () => state;
    const found = await scrape(url);
    return names.map((name) => found.valuesOf(name)['']);
  };
  expect(await valuesFor({ connected: true, reconnects: 3, lagSeconds: 0.02 })).toEqual([1, 3, 0.02]);
  expect(await valuesFor({ connected: false, reconnects: 4, lagSeconds: null })).toEqual([0, 4, undefined]);
  expect(await valuesFor(null)).toEqual([undefined, undefined, undefined]);
});
