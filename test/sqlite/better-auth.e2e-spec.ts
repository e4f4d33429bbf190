import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfiguration } from '../../src/server/configuration/read-configuration.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import type { Json } from '../support/json.js';

const packages = join(import.meta.dirname, '../../bench/package.json');
const isInstalled = existsSync(join(packages, '../node_modules/better-auth'));
const load = (name: string) =>
  import(pathToFileURL(createRequire(packages).resolve(name)).href) as Promise<
    Record<'betterAuth' | 'jwt' | 'toNodeHandler' | 'memoryAdapter', (options: unknown) => never>
  >;

let server: Server;
let base: string;
let gatehouse: Gatehouse;

// Jest does not mention a file of which all tests are skipped.
if (!isInstalled) console.warn('The tokens of better-auth are not tested: run npm ci --prefix bench');
(isInstalled ? describe : describe.skip)('tokens of better-auth', () => {
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { betterAuth } = await load('better-auth');
    const { jwt } = await load('better-auth/plugins');
    const { toNodeHandler } = await load('better-auth/node');
    const { memoryAdapter } = await load('better-auth/adapters/memory');
    const tables = { user: [], session: [], account: [], verification: [], jwks: [] };
    const auth = betterAuth({
      baseURL: base,
      secret: 'a secret of this test alone, and no other',
      database: memoryAdapter(tables),
      emailAndPassword: { enabled: true },
      plugins: [jwt({ jwt: { audience: 'notes-api' } })],
      telemetry: { enabled: false },
    });
    server.on('request', toNodeHandler(auth));
    const environment = {
      JWT_ISSUER: base,
      JWT_AUDIENCE: 'notes-api',
      JWT_JWKS_URL: `${base}/api/auth/jwks`,
    };
    gatehouse = await startGatehouse({ issuers: readConfiguration(environment).issuers });
  });
  afterAll(async () => {
    await gatehouse.close();
    server.close();
  });

  async function tokenOf(email: string): Promise<string> {
    const headers = { 'content-type': 'application/json', origin: base };
    const body = JSON.stringify({ email, name: 'Ada', password: 'correct horse battery staple' });
    const signUp = await fetch(`${base}/api/auth/sign-up/email`, { method: 'POST', headers, body });
    const cookie = signUp.headers.getSetCookie().map((one) => one.split(';')[0]);
    const answer = await fetch(`${base}/api/auth/token`, { headers: { cookie: cookie.join('; ') } });
    return ((await answer.json()) as { token: string }).token;
  }
  const me = async (token: string) => {
    const { status, body } = await gatehouse.send('GET', '/api/v1/auth/me', {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status, ...(body as Json) };
  };

  it('stand for their person, with all rights and the same user each time', async () => {
    const [first, second] = [await tokenOf('ada@example.com'), await tokenOf('bob@example.com')];
    const ada = await me(first);
    expect(ada).toMatchObject({ status: 200, email: 'ada@example.com', source: { type: 'jwt' } });
    expect((await me(first)).userId).toBe(ada.userId);
    expect((await me(second)).ownerId).not.toBe(ada.ownerId);
  });

  it('are rejected when they are changed', async () => {
    const [head, , signature] = (await tokenOf('eve@example.com')).split('.');
    const claims = { iss: base, aud: 'notes-api', sub: 'x', exp: Math.floor(Date.now() / 1_000) + 600 };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    expect(await me(`${head}.${payload}.${signature}`)).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
  });
});
