import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AuthModule } from '../src/auth/auth.module.js';
import { RequireScopes } from '../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../src/auth/guards.js';
import { Database } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import type { ApiKey } from '../src/key-store/api-key.entity.js';
import { KeyMint } from '../src/key-store/key-mint.js';
import { RateLimiter } from '../src/limits/rate-limiter.js';
import { AuthError } from '../src/principal/auth-error.js';
import { Clock } from '../src/support/clock.js';
import { gatehouseEntities } from '../src/entities.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import { mintApiKey } from './support/api-keys.js';
import { type Answer, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { ownClockModule } from './support/own-clock-module.js';
import { Rooms } from './support/rooms.js';

@Controller('limited')
class LimitedController extends Rooms {
  @Get('global')
  global() {
    return {};
  }

  @Get('authenticated')
  @UseGuards(Authenticated)
  authenticated() {
    return {};
  }

  @Get('stacked')
  @UseGuards(Authenticated, UserOnly, Authenticated, MaybeAuthenticated)
  stacked() {
    return {};
  }

  @Get('scoped')
  @UseGuards(Authenticated)
  @RequireScopes('files:write')
  scoped() {
    return {};
  }

  @Get('scoped-for-users')
  @UseGuards(UserOnly)
  @RequireScopes('files:write')
  scopedForUsers() {
    return {};
  }
}

@Module({ controllers: [LimitedController] })
class HostModule {}

const open: (() => Promise<void>)[] = [];
let gatehouse: Gatehouse;

const start = async (overrides: Parameters<typeof startGatehouse>[0] = {}) => {
  const started = await startGatehouse(overrides, { imports: [HostModule] });
  open.push(() => started.close());
  return started;
};
const get = (path: string, headers: Record<string, string>, from = gatehouse) =>
  from.send('GET', path, { headers });
const statusOf = (answer: Answer) =>
  answer.status === 200 ? '200' : `${answer.status} ${answer.body.code as string}`;
const limitedTo = (limit: number, windowSeconds = 60, settings: Partial<ApiKey> = {}) =>
  mintApiKey(gatehouse, { scopes: ['files:read'], rateLimit: { limit, windowSeconds }, ...settings });
const remaining = (answer: Answer) => Number(/r=(\d+)/.exec(answer.headers.ratelimit ?? '')?.[1]);

beforeAll(async () => {
  gatehouse = await start();
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  for (const close of open) await close();
});

describe('the limit of a key', () => {
  it('admits exactly 50 of 200 requests in parallel', async () => {
    const key = await limitedTo(50);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => get('/limited/authenticated', { 'x-api-key': key })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(50);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(150);
  });

  it('begins anew when its window ends, which rejected requests do not put off', async () => {
    const key = await limitedTo(1, 1);
    const send = async () => (await get('/limited/global', { 'x-api-key': key })).status;
    expect([await send(), await send()]).toEqual([200, 429]);
    gatehouse.pass(0.999);
    expect(await send()).toBe(429);
    gatehouse.pass(0.001);
    expect([await send(), await send()]).toEqual([200, 429]);
  });

  it('is sent with every response to the key, and with no other', async () => {
    const key = await limitedTo(2);
    const first = await get('/limited/global', { authorization: `Bearer ${key}` });
    expect(first.headers['ratelimit-policy']).toBe('"key";q=2;w=60');
    expect(first.headers.ratelimit).toMatch(/^"key";r=1;t=60$/);
    expect(first.headers['retry-after']).toBeUndefined();
    await get('/limited/global', { 'x-api-key': key });
    const rejected = await get('/limited/global', { 'x-api-key': key });
    expect(statusOf(rejected)).toBe('429 RATE_LIMITED');
    expect(rejected.body).toMatchObject({ message: 'Too many requests.', requestId: expect.any(String) });
    expect(rejected.headers['ratelimit-policy']).toBe('"key";q=2;w=60');
    expect(rejected.headers.ratelimit).toMatch(/^"key";r=0;t=60$/);
    expect(rejected.headers['retry-after']).toBe(/t=(\d+)/.exec(rejected.headers.ratelimit ?? '')?.[1]);
    expect(rejected.headers['www-authenticate']).toBeUndefined();
    const unlimited = await get('/limited/global', { 'x-api-key': gatehouse.adminKey });
    expect(unlimited.headers.ratelimit).toBeUndefined();
  });

  it('is charged last: a rejected request costs nothing, and shows the limit', async () => {
    const key = await limitedTo(3);
    await get('/limited/authenticated', { 'x-api-key': key });
    for (const route of ['scoped', 'scoped', 'scoped-for-users', 'scoped-for-users']) {
      const rejected = await get(`/limited/${route}`, { 'x-api-key': key });
      expect([statusOf(rejected), remaining(rejected)]).toEqual(['403 INSUFFICIENT_SCOPE', 2]);
    }
    await get('/limited/public', { 'x-api-key': key });
    expect(remaining(await get('/limited/authenticated', { 'x-api-key': key }))).toBe(1);
  });

  it('is sent with a rejection while the database is unavailable', async () => {
    const issuer = await limitedTo(3, 60, { scopes: ['tool-keys:issue', 'files:read'] });
    const tool = await issueToolKey(gatehouse, { maxCalls: 2 }, { 'x-api-key': issuer });
    const send = (route: string) => get(`/limited/${route}`, { 'x-tool-key': tool.key });
    const left = remaining(await send('authenticated'));
    const database = gatehouse.app.get(Database);
    const unavailable = new AuthError('DB_UNAVAILABLE');
    jest.spyOn(database, 'read').mockRejectedValue(unavailable);
    jest.spyOn(database, 'write').mockRejectedValue(unavailable);
    const rejected = await send('scoped');
    expect([statusOf(rejected), remaining(rejected)]).toEqual(['403 INSUFFICIENT_SCOPE', left]);
    jest.spyOn(gatehouse.app.get(RateLimiter), 'read').mockRejectedValue(unavailable);
    const untold = await send('scoped');
    expect([statusOf(untold), untold.headers.ratelimit]).toEqual(['403 INSUFFICIENT_SCOPE', undefined]);
  });

  it('is neither sent nor charged with a 401', async () => {
    const key = await limitedTo(2, 60, { allowedIps: ['127.0.0.1'], enabled: false });
    const rejected = await get('/limited/authenticated', { 'x-api-key': key });
    expect(statusOf(rejected)).toBe('401 INVALID_API_KEY');
    expect(rejected.headers.ratelimit).toBeUndefined();
  });

  it.each(['global', 'authenticated', 'stacked', 'maybe', 'strict'])(
    'is consumed once by the guards on %s',
    async (route) => {
      const key = await limitedTo(10);
      expect(remaining(await get(`/limited/${route}`, { 'x-api-key': key }))).toBe(9);
      expect(remaining(await get(`/limited/${route}`, { 'x-api-key': key }))).toBe(8);
    },
  );

  it.each<[string, string]>([
    ['global', '429 RATE_LIMITED'],
    ['authenticated', '429 RATE_LIMITED'],
    ['stacked', '429 RATE_LIMITED'],
    ['strict', '429 RATE_LIMITED'],
    ['maybe', '200'],
  ])('once used up, means for %s: %s', async (route, expected) => {
    const key = await limitedTo(1);
    await get('/limited/global', { 'x-api-key': key });
    const answer = await get(`/limited/${route}`, { 'x-api-key': key });
    expect([statusOf(answer), remaining(answer)]).toEqual([expected, 0]);
    if (route === 'maybe') expect(answer.body).toEqual({ who: 'anonymous' });
  });

  it('holds from the next request on when it is changed', async () => {
    const headers = gatehouse.bearer();
    const { body } = await gatehouse.send('POST', '/api/v1/api-keys', {
      headers,
      body: { name: 'changing', scopes: ['files:read'], rateLimit: { limit: 100, windowSeconds: 60 } },
    });
    const change = (rateLimit: object | null) =>
      gatehouse.send('PATCH', `/api/v1/api-keys/${body.id as string}`, { headers, body: { rateLimit } });
    const send = () => get('/limited/global', { 'x-api-key': body.key as string });
    await send();
    expect(remaining(await send())).toBe(98);
    await change({ limit: 2, windowSeconds: 60 });
    expect(statusOf(await send())).toBe('429 RATE_LIMITED');
    await change({ limit: 5, windowSeconds: 60 });
    expect(remaining(await send())).toBe(1);
    await change(null);
    expect((await send()).headers.ratelimit).toBeUndefined();
  });
});

describe('X-Key-Expires-In', () => {
  const day = 86_400_000;
  const told = async (left: number, route = 'global') => {
    const expiresAt = new Date(gatehouse.now() + left);
    const key = await mintApiKey(gatehouse, { scopes: ['files:read'], expiresAt });
    return (await get(`/limited/${route}`, { 'x-api-key': key })).headers['x-key-expires-in'];
  };

  it('counts the seconds of the last 14 days', async () => {
    expect(await told(14 * day - 1_000)).toBe(String(14 * 86_400 - 1));
    expect(await told(90_000)).toBe('90');
    expect(await told(90_000, 'scoped')).toBe('90');
  });

  it('is not sent earlier, nor without an end', async () => {
    expect(await told(14 * day + 60_000)).toBeUndefined();
    const { headers } = await get('/limited/global', { 'x-api-key': gatehouse.adminKey });
    expect(headers['x-key-expires-in']).toBeUndefined();
  });
});

describe('the addresses of a key', () => {
  let behindProxy: Gatehouse;
  const sent = async (allowedIps: string[], forwarded: string) => {
    const key = await mintApiKey(behindProxy, { allowedIps });
    return (await get('/limited/global', { 'x-api-key': key, 'x-forwarded-for': forwarded }, behindProxy))
      .status;
  };

  beforeAll(async () => {
    behindProxy = await start({ trustProxy: '127.0.0.1' });
  });

  it.each<[string, string]>([
    ['203.0.113.0/24', '203.0.113.9'],
    ['203.0.113.0/24', '::ffff:203.0.113.9'],
    ['2001:db8::/32', '2001:db8::9'],
    ['203.0.113.0/24', '192.0.2.1, 203.0.113.9'],
    ['203.0.113.9', '203.0.113.9:51234'],
    ['203.0.113.0/24', '[::ffff:203.0.113.9]:51234'],
    ['203.0.113.0/24', '::FFFF:cb00:7109'],
    ['2001:db8::/32', '[2001:DB8::9]:443'],
    ['fe80::/10', 'fe80::9%eth0'],
  ])('%s let in %s behind a trusted proxy', async (network, forwarded) => {
    expect(await sent(['198.51.100.1', network], forwarded)).toBe(200);
  });

  it.each<[string, string]>([
    ['203.0.113.0/24', '203.0.114.9'],
    ['2001:db8::/32', '2001:db9::9'],
    ['203.0.113.0/24', '203.0.113.9, 192.0.2.1'],
    ['203.0.113.9', '203.0.113.90:51234'],
    ['0.0.0.0/0', 'nonsense'],
    ['0.0.0.0/0', '203.0.113.9:port'],
    ['::/0', '[2001:db8::9'],
    ['::/0', '203.0.113.9'],
  ])('%s keep out %s', async (network, forwarded) => {
    expect(await sent([network], forwarded)).toBe(401);
  });

  it('are those of the peer when no proxy is trusted', async () => {
    const local = await mintApiKey(gatehouse, { allowedIps: ['127.0.0.0/8'] });
    const remote = await mintApiKey(gatehouse, { allowedIps: ['203.0.113.9'] });
    const forwarded = { 'x-forwarded-for': '203.0.113.9' };
    expect((await get('/limited/global', { 'x-api-key': local, ...forwarded })).status).toBe(200);
    expect((await get('/limited/global', { 'x-api-key': remote, ...forwarded })).status).toBe(401);
  });

  it('are checked on every request, also for a cached key', async () => {
    const key = await mintApiKey(behindProxy, { allowedIps: ['203.0.113.9'] });
    const from = (ip: string) =>
      get('/limited/global', { 'x-api-key': key, 'x-forwarded-for': ip }, behindProxy);
    const statuses = [];
    for (const ip of ['203.0.113.9', '203.0.113.8', '203.0.113.9', '203.0.113.8'])
      statuses.push((await from(ip)).status);
    expect(statuses).toEqual([200, 401, 200, 401]);
  });

  it('are not revealed to a rejected caller', async () => {
    const known = await mintApiKey(gatehouse, {
      allowedIps: ['203.0.113.9'],
      rateLimit: { limit: 1, windowSeconds: 9 },
    });
    const unknown = gatehouse.app.get(KeyMint).mintApiKey('live').key;
    const [one, other] = [
      await get('/limited/global', { 'x-api-key': known }),
      await get('/limited/global', { 'x-api-key': unknown }),
    ];
    const { requestId: _one, ...body } = one.body as Record<string, string>;
    expect(other.body).toMatchObject(body);
    expect(Object.keys(one.headers).sort()).toEqual(Object.keys(other.headers).sort());
  });

  it('bind the tool keys that the key issues', async () => {
    const issuer = await mintApiKey(behindProxy, {
      allowedIps: ['203.0.113.9'],
      scopes: ['tool-keys:issue', 'files:read'],
    });
    const inside = { 'x-forwarded-for': '203.0.113.9' };
    const tool = await issueToolKey(behindProxy, {}, { 'x-api-key': issuer, ...inside });
    const use = async (from: Record<string, string>) =>
      statusOf(await get('/limited/authenticated', { 'x-tool-key': tool.key, ...from }, behindProxy));
    expect(await use(inside)).toBe('200');
    expect(await use({ 'x-forwarded-for': '203.0.113.8' })).toBe('401 INVALID_TOOL_KEY');
  });
});

describe('bad credentials from one address', () => {
  const bad = (from: Gatehouse) => from.app.get(KeyMint).mintApiKey('live').key;
  const flood = async (from: Gatehouse, count: number, headers: Record<string, string> = {}) => {
    const answers: string[] = [];
    for (let sent = 0; sent < count; sent += 1)
      answers.push(statusOf(await get('/limited/global', { 'x-api-key': bad(from), ...headers }, from)));
    return answers;
  };
  const countQueries = async (from: Gatehouse) => {
    await from.app.get(KeyUsage).flush();
    const database = from.app.get(Database);
    const spies = [jest.spyOn(database, 'read'), jest.spyOn(database, 'write')];
    return () => spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  };

  it('over the bound get 429 without a look into the database, one lookup a second aside', async () => {
    const own = await start({ failuresPerMinute: 5 });
    expect(await flood(own, 6)).toEqual([
      ...Array<string>(5).fill('401 INVALID_API_KEY'),
      '429 RATE_LIMITED',
    ]);
    const queries = await countQueries(own);
    const all: Record<string, string>[] = [
      { 'x-api-key': 'mk_live_malformed' },
      { 'x-api-key': bad(own) },
      { authorization: 'Bearer a.b.c' },
      { authorization: `Bearer ${bad(own)}` },
      { 'x-tool-key': own.app.get(KeyMint).mintToolKey().key },
    ];
    for (const headers of all) {
      const rejected = await get('/limited/global', headers, own);
      expect(statusOf(rejected)).toBe('429 RATE_LIMITED');
      expect(rejected.headers['retry-after']).toBe('60');
    }
    expect(queries()).toBe(0);
    expect(statusOf(await get('/limited/global', {}, own))).toBe('401 MISSING_TOKEN');
    own.pass(61);
    expect(await flood(own, 1)).toEqual(['401 INVALID_API_KEY']);
  });

  it('let valid ones pass: cached keys, tokens, and after a retry any key', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const cached = await mintApiKey(own, {});
    const uncached = await mintApiKey(own, {});
    await get('/limited/global', own.bearer(), own);
    await get('/limited/global', { 'x-api-key': cached }, own);
    await flood(own, 6);
    const send = async (headers: Record<string, string>) =>
      statusOf(await get('/limited/global', headers, own));
    expect(await send({ 'x-api-key': cached })).toBe('200');
    expect(await send(own.bearer())).toBe('200');
    expect(await send(own.bearer('new@example.com'))).toBe('200');
    expect(await send({ 'x-tool-key': own.app.get(KeyMint).mintToolKey().key, 'x-api-key': cached })).toBe(
      '200',
    );
    expect(await send({ 'x-api-key': uncached })).toBe('429 RATE_LIMITED');
    own.pass(1);
    expect(await send({ 'x-api-key': uncached })).toBe('200');
    expect(await send({ 'x-api-key': uncached })).toBe('200');
  });

  it('let a valid key pass whose cache entry is stale', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const key = await mintApiKey(own, {});
    await get('/limited/global', { 'x-api-key': key }, own);
    own.pass(301);
    await flood(own, 6);
    expect(statusOf(await get('/limited/global', { 'x-api-key': key }, own))).toBe('200');
  });

  it('let a key that was never used pass at once when the bad ones needed no lookup', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const key = await mintApiKey(own, {});
    const malformed = (sent: number) => get('/limited/global', { 'x-api-key': `mk_live_${sent}` }, own);
    for (let sent = 0; sent < 8; sent += 1) await malformed(sent);
    expect(statusOf(await malformed(8))).toBe('429 RATE_LIMITED');
    expect(statusOf(await get('/limited/global', { 'x-api-key': key }, own))).toBe('200');
  });

  it('that were not found a moment ago cause no lookup, and pass once they exist', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const mint = own.app.get(KeyMint);
    const minted = mint.mintApiKey('live');
    const send = async () => statusOf(await get('/limited/global', { 'x-api-key': minted.key }, own));
    expect(await send()).toBe('401 INVALID_API_KEY');
    const queries = await countQueries(own);
    for (let sent = 0; sent < 20; sent += 1) expect(await send()).toBe('401 INVALID_API_KEY');
    expect(queries()).toBe(0);
    jest.spyOn(mint, 'mintApiKey').mockReturnValueOnce(minted);
    await mintApiKey(own);
    own.pass(5);
    expect(await send()).toBe('200');
  });

  it('reach the database no more often than allowed when they come all at once', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const queries = await countQueries(own);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => get('/limited/global', { 'x-api-key': bad(own) }, own)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(95);
    expect(queries()).toBe(5);
  });

  it('count under MaybeAuthenticated too, and are no error there', async () => {
    const own = await start({ failuresPerMinute: 5 });
    for (let sent = 0; sent < 8; sent += 1) {
      const answer = await get('/limited/maybe', { 'x-api-key': bad(own) }, own);
      expect([answer.status, answer.body]).toEqual([200, { who: 'anonymous' }]);
    }
    expect(statusOf(await get('/limited/strict', { 'x-api-key': bad(own) }, own))).toBe('429 RATE_LIMITED');
    expect(statusOf(await get('/limited/global', { 'x-api-key': bad(own) }, own))).toBe('429 RATE_LIMITED');
  });

  it('count once in a minute when they are the same, wherever they are rejected', async () => {
    const own = await start({ failuresPerMinute: 5 });
    const revoked = await mintApiKey(own, { enabled: false });
    const same: Record<string, string>[] = [
      { 'x-api-key': bad(own) },
      { 'x-api-key': 'mk_live_malformed' },
      { 'x-api-key': revoked },
      { authorization: 'Bearer a.b.c' },
    ];
    for (const headers of same) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => get('/limited/global', headers, own)),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    }
    expect(await flood(own, 2)).toEqual(['401 INVALID_API_KEY', '429 RATE_LIMITED']);
  });

  it('are not tokens that have just expired: the 61st person behind one address may get a new one', async () => {
    const own = await start({ failuresPerMinute: 60 });
    const tokens = Array.from({ length: 61 }, (_, n) => own.bearer(`person-${n}@example.com`, 60));
    own.pass(91);
    const answers = [];
    for (const token of tokens) answers.push(statusOf(await get('/limited/global', token, own)));
    expect(answers).toEqual(Array<string>(61).fill('401 EXPIRED_TOKEN'));
    expect(await flood(own, 61)).toContain('429 RATE_LIMITED');
    const [{ authorization } = own.bearer()] = tokens;
    expect(statusOf(await get('/limited/global', { authorization }, own))).toBe('401 EXPIRED_TOKEN');
    const forged = { authorization: authorization.replace(/.{9}$/, 'AAAAAAAAA') };
    expect(statusOf(await get('/limited/global', forged, own))).toBe('429 RATE_LIMITED');
  });

  it('count for the client behind a trusted proxy, an IPv6 network as one', async () => {
    const own = await start({ failuresPerMinute: 3, trustProxy: '127.0.0.1' });
    const from = (ip: string, count = 1) => flood(own, count, { 'x-forwarded-for': ip });
    await from('203.0.113.9', 3);
    expect(await from('203.0.113.9')).toEqual(['429 RATE_LIMITED']);
    expect(await from('203.0.113.10')).toEqual(['401 INVALID_API_KEY']);
    for (const host of [1, 2, 3]) await from(`2001:db8::${host}`);
    expect(await from('2001:db8::4')).toEqual(['429 RATE_LIMITED']);
    expect(await from('2001:db8:0:1::1')).toEqual(['401 INVALID_API_KEY']);
  });

  it('count for the client whatever port the proxy sends with its address', async () => {
    const own = await start({ failuresPerMinute: 3, trustProxy: '127.0.0.1, 198.51.100.7' });
    const from = (ip: string) => flood(own, 1, { 'x-forwarded-for': ip });
    const spelled = ['203.0.113.9:51234', '[::ffff:203.0.113.9]:51235', '::FFFF:cb00:7109'];
    for (const ip of spelled) expect(await from(ip)).toEqual(['401 INVALID_API_KEY']);
    expect(await from('203.0.113.9')).toEqual(['429 RATE_LIMITED']);
    expect(await from('203.0.113.9:51236, 198.51.100.7:443')).toEqual(['429 RATE_LIMITED']);
    expect(await from('203.0.113.10:51234')).toEqual(['401 INVALID_API_KEY']);
  });

  it('count for the peer, whatever it says, when no proxy is trusted', async () => {
    const own = await start({ failuresPerMinute: 2 });
    for (const ip of ['203.0.113.1', '203.0.113.2']) await flood(own, 1, { 'x-forwarded-for': ip });
    expect(await flood(own, 1, { 'x-forwarded-for': '203.0.113.3' })).toEqual(['429 RATE_LIMITED']);
  });
});

describe('in an Express application', () => {
  let app: INestApplication;
  let base: string;
  const fetchJson = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(base + path, { headers });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as { code?: string },
    };
  };

  beforeAll(async () => {
    @Module({
      imports: [
        ownClockModule(gatehouse.app.get(Clock)),
        DatabaseModule.forRoot({ url: gatehouse.configuration.databaseUrl, entities: gatehouseEntities }),
        AuthModule.forRoot({ failuresPerMinute: 3 }),
        HostModule,
      ],
    })
    class ExpressHost {}

    app = await NestFactory.create(ExpressHost, new ExpressAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    open.unshift(() => app.close());
    base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });

  it('limits, addresses, expiry and failures are the same', async () => {
    const expiresAt = new Date(gatehouse.now() + 90_000);
    const key = await limitedTo(2, 60, { expiresAt, allowedIps: ['127.0.0.1'] });
    const mintElsewhere = () => mintApiKey(gatehouse, { allowedIps: ['203.0.113.9'] });
    const elsewhere = await Promise.all(Array.from({ length: 4 }, mintElsewhere));
    const first = await fetchJson('/limited/stacked', { 'x-api-key': key });
    expect(first.headers.get('ratelimit')).toBe('"key";r=1;t=60');
    expect(first.headers.get('ratelimit-policy')).toBe('"key";q=2;w=60');
    expect(first.headers.get('x-key-expires-in')).toBe('90');
    await fetchJson('/limited/maybe', { 'x-api-key': key });
    const over = await fetchJson('/limited/authenticated', { 'x-api-key': key });
    expect([over.status, over.body.code]).toEqual([429, 'RATE_LIMITED']);
    expect(over.headers.get('retry-after')).toBe('60');
    const codes: (string | undefined)[] = [];
    for (const bad of elsewhere)
      codes.push((await fetchJson('/limited/authenticated', { 'x-api-key': bad })).body.code);
    expect(codes).toEqual([...Array<string>(3).fill('INVALID_API_KEY'), 'RATE_LIMITED']);
  });
});
