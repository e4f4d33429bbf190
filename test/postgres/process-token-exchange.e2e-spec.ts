import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { type ProcessAnswer, sendTo, verdictOf } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import { ShiftedClock } from '../support/shifted-clock.js';
import { leakIn } from '../support/secrets-search.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';
import { grantType, verifyOffline } from '../support/token-exchange.js';

const me = '/api/v1/auth/me';
const path = '/api/v1/auth/token';
const tokenRequest = { grant_type: grantType, audience: 'billing' };

let folder: string;
let clock: ShiftedClock;
let site: Site;
let servers: GatehouseProcess[];
let admin: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-clock-'));
  clock = new ShiftedClock(join(folder, 'shift'));
  site = await createSite({
    ...clock.env,
    TOKEN_AUDIENCES: 'billing,https://files.example.com',
    LOG_LEVEL: 'debug',
    LOG_REQUESTS: 'true',
  });
  // Replicas share the data folder.
  servers = [await site.start(), await site.start()];
  admin = { 'x-api-key': await site.adminKey() };
});
afterAll(async () => {
  await site.remove();
  await rm(folder, { recursive: true });
});

const exchange = (server: GatehouseProcess, body: object = tokenRequest): Promise<ProcessAnswer> =>
  sendTo(server, 'POST', path, { headers: admin, body });
const jwksOf = async (server: GatehouseProcess) =>
  (await sendTo(server, 'GET', '/.well-known/jwks.json')).body;
const kidsOf = async (server: GatehouseProcess): Promise<string[]> =>
  (await jwksOf(server)).keys.map(({ kid }: { kid: string }) => kid);
const kidIn = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
const signerOf = async (server: GatehouseProcess) => kidIn((await exchange(server)).body.access_token);
const rotate = (...args: string[]) => site.run({}, 'cli/keys.js', 'rotate-signing-key', ...args);
const rotated = async (...args: string[]) => {
  const { code, stdout, stderr } = await rotate(...args, '--json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as {
    kid: string;
    previousKid: string;
    signsFrom: string;
    previousPublishedUntil: string;
  };
};
/** As `npm run token` makes it, without the wait for a process. */
const personToken = () =>
  BuiltinIssuer.open(join(site.folder, 'data')).tokenFor('ada@example.com', 3600, clock.now());
const asPerson = (server: GatehouseProcess, token: string) =>
  verdictOf(sendTo(server, 'GET', me, { headers: { authorization: `Bearer ${token}` } }));

/** Resolves as soon as `look` gives this on all servers; fails, when that takes too long, with what it gave instead. */
async function everywhere<T>(look: (server: GatehouseProcess) => Promise<T>, expected: T, within = 60_000) {
  const end = performance.now() + within;
  for (;;) {
    const seen = await Promise.all(servers.map(look));
    const isThere = seen.every((one) => JSON.stringify(one) === JSON.stringify(expected));
    if (!isThere && performance.now() < end) await sleep(100);
    else return expect(seen).toEqual(servers.map(() => expected));
  }
}

describe('TOKEN_AUDIENCES', () => {
  it('lists the audiences that keys are exchanged for', async () => {
    const [server] = servers as [GatehouseProcess];
    const { body } = await exchange(server, { ...tokenRequest, audience: 'https://files.example.com' });
    expect(verifyOffline(body.access_token, await jwksOf(server), 'https://files.example.com').aud).toBe(
      'https://files.example.com',
    );
    const other = await exchange(server, { ...tokenRequest, audience: 'others' });
    expect([other.status, other.body.error]).toEqual([400, 'invalid_target']);
  });

  it('is required in production: without it every audience is rejected', async () => {
    const production = await createSite({ NODE_ENV: 'production', BUILTIN_ISSUER: 'true' });
    try {
      const server = await production.start();
      const headers = { 'x-api-key': await production.adminKey() };
      const answer = await sendTo(server, 'POST', path, { headers, body: tokenRequest });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target']);
    } finally {
      await production.remove();
    }
  });
});

describe('npm run keys -- rotate-signing-key', () => {
  it('succeeds once if several are started together', async () => {
    const file = join(site.folder, 'data', 'signing-key.pem');
    const ends = await Promise.all([rotate(), rotate(), rotate()]);
    expect(ends.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
    expect((await readFile(file, 'utf8')).match(/BEGIN PRIVATE KEY/g)).toHaveLength(2);
    expect((await readdir(join(site.folder, 'data'))).filter((name) => name.startsWith('signing'))).toEqual([
      'signing-key.pem',
    ]);
    expect(await site.modeOf('data/signing-key.pem')).toBe('600');
    expect((await rotate()).stderr).toContain('the key of the last rotation signs from');
    for (const { stdout, stderr } of ends) expect(stdout + stderr).not.toMatch(/BEGIN|^\s+at /m);
  });

  it('with --overlap-seconds 0 ends everything that a stolen key signed', async () => {
    const stolen = personToken();
    const exchanged = (await exchange(servers[0]!)).body.access_token as string;
    const { kid } = await rotated('--lead-seconds', '0', '--overlap-seconds', '0');
    await everywhere(kidsOf, [kid]);
    await everywhere((server) => asPerson(server, stolen), '401 INVALID_TOKEN');
    expect([kid]).not.toContain(kidIn(exchanged));
    await everywhere(signerOf, kid);
    const fresh = personToken();
    await everywhere((server) => asPerson(server, fresh), '200');
  });

  it('fails if there is nothing to rotate', async () => {
    for (const [env, reason] of [
      [{ BUILTIN_ISSUER: 'false' }, 'BUILTIN_ISSUER is off'],
      [{ DATA_DIR: 'elsewhere' }, 'elsewhere/signing-key.pem; the first start of the service makes it'],
    ] as const) {
      const { code, stderr } = await site.run(env, 'cli/keys.js', 'rotate-signing-key');
      expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
    }
    expect(await site.modeOf('elsewhere')).toBeUndefined();
  });

  it('leaves running servers unchanged and starts no new ones while the file is damaged', async () => {
    const file = join(site.folder, 'data', 'signing-key.pem');
    const good = await readFile(file, 'utf8');
    const kids = await kidsOf(servers[0]!);
    await writeFile(file, good.slice(0, -60));
    for (const server of servers)
      while (!server.stderr.includes('The signing keys cannot be read again, and stay as they are'))
        await sleep(50);
    await everywhere(kidsOf, kids);
    expect((await exchange(servers[0]!)).status).toBe(200);
    const { code, stderr } = await site.run({}, 'main.js');
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('data/signing-key.pem is not the PEM of an EC P-256'),
    ]);
    expect(await readFile(file, 'utf8')).toBe(good.slice(0, -60));
    await writeFile(file, good);
  });

  // The last one, as it sets the clock forward by a day.
  it('publishes both keys on all replicas, and keeps every issued token valid', async () => {
    const [before = ''] = await kidsOf(servers[0]!);
    const people = [personToken()];
    const exchanged = [(await exchange(servers[0]!)).body.access_token as string];
    const { kid, previousKid, signsFrom, previousPublishedUntil } = await rotated();
    expect(previousKid).toBe(before);
    await everywhere(kidsOf, [before, kid]);
    await everywhere(signerOf, before);
    people.push(personToken());
    clock.passTo(signsFrom);
    await everywhere(signerOf, kid, 0);
    await everywhere(kidsOf, [kid, before], 0);
    people.push(personToken());
    exchanged.push((await exchange(servers[0]!)).body.access_token);
    expect(people.map(kidIn)).toEqual([before, before, kid]);
    for (const server of servers) {
      const jwks = await jwksOf(server);
      for (const token of exchanged) verifyOffline(token, jwks, 'billing');
      for (const token of people) expect(await asPerson(server, token)).toBe('200');
    }
    clock.passTo(previousPublishedUntil);
    await everywhere(kidsOf, [kid], 0);
    expect(() => verifyOffline(exchanged[0] ?? '', { keys: [] }, 'billing')).toThrow();
    const [was, is] = [before, kid].map((one) => `${one.slice(0, 8)}…`);
    expect(servers[0]?.stdout).toContain(`Published now, the signing key first: ${was}, ${is}`);
  });
});

it('logs neither keys nor tokens, however they are sent', async () => {
  const [server] = servers as [GatehouseProcess];
  const key = admin['x-api-key'] ?? '';
  const { body } = await exchange(server);
  const named = { subject_token: key, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  await exchange(server, { ...tokenRequest, ...named });
  await exchange(server, { ...tokenRequest, ...named, subject_token: `${key}x` });
  await exchange(server, { ...tokenRequest, [key]: key, audience: key, scope: key });
  await sendTo(server, 'POST', `${path}?subject_token=${key}`, { body: { ...tokenRequest, ...named } });
  await sendTo(server, 'GET', me, { headers: { authorization: `Bearer ${body.access_token}` } });
  await sleep(300);
  const secrets = new Map([
    ['key', key],
    ['token', body.access_token as string],
  ]);
  for (const { stdout, stderr } of servers) {
    expect(leakIn(stdout + stderr, secrets)).toBeUndefined();
    expect(stdout + stderr).not.toContain('BEGIN');
  }
});

it('has no route if the built-in issuer is off', async () => {
  const plain = await createSite({ BUILTIN_ISSUER: 'false' });
  try {
    const server = await plain.start();
    const unknown = await sendTo(server, 'POST', '/api/v1/auth/nowhere', { body: tokenRequest });
    const answer = await sendTo(server, 'POST', path, { body: tokenRequest });
    expect([answer.status, answer.body.code, answer.body.message]).toEqual([
      404,
      'NOT_FOUND',
      unknown.body.message,
    ]);
  } finally {
    await plain.remove();
  }
});
