import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' };
const subject = '5b1f0f5e-0f0f-4f0f-8f0f-0123456789ab';

/** In place of the issuers of the recipes, which are out of reach. */
let issuer: Server;
let origin: string;

beforeAll(async () => {
  issuer = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
});
afterAll(() => {
  issuer.close();
  issuer.closeAllConnections();
});

function tokenOf(claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const signed = `${encode({ alg: 'ES256', kid: 'k1' })}.${encode({ exp, ...claims })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** The settings of a recipe that begin with this line. */
async function settingsOf(page: string, begin: string): Promise<Record<string, string>> {
  const text = await readFile(join(import.meta.dirname, '../../docs/recipes', page), 'utf8');
  const found = [...text.matchAll(/```dotenv\n([^]*?)```/g)].map(([, block = '']) => block);
  const block = found.find((one) => one.includes(begin)) ?? '';
  return Object.fromEntries(
    block
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

interface Recipe {
  readonly name: string;
  readonly page: string;
  readonly begin: string;
  /** What is local in the test. */
  readonly local: () => Record<string, string>;
  /** What a token of that issuer says. */
  readonly claims: (env: Record<string, string>) => object;
  /** What is not for us. */
  readonly foreign: (env: Record<string, string>) => object;
  readonly userId: string | RegExp;
  /** How a token differs that was issued to a client of others for `notes:read`. */
  readonly delegated: object;
}

const ofSupabase = ({ SUPABASE_URL }: Record<string, string>) => ({
  iss: `${SUPABASE_URL}/auth/v1`,
  aud: 'authenticated',
  sub: subject,
  role: 'authenticated',
});
const recipes: readonly Recipe[] = [
  {
    name: 'Supabase',
    page: 'supabase.md',
    begin: 'SUPABASE_URL=',
    local: () => ({ SUPABASE_URL: origin }),
    claims: ofSupabase,
    foreign: (env) => ({ ...ofSupabase(env), aud: 'anon' }),
    userId: subject,
    delegated: { client_id: 'cli', scope: 'openid notes:read' },
  },
  {
    name: 'Supabase with a pasted key',
    page: 'supabase.md',
    begin: 'SUPABASE_JWT_PUBLIC_KEY=',
    local: () => ({ SUPABASE_JWT_PUBLIC_KEY: JSON.stringify(jwk) }),
    claims: ofSupabase,
    foreign: (env) => ({ ...ofSupabase(env), iss: env.SUPABASE_URL }),
    userId: subject,
    delegated: { client_id: 'cli', scope: 'openid notes:read' },
  },
  {
    name: 'Auth0',
    page: 'oidc.md',
    begin: 'JWT_ISSUER=https://acme.eu.auth0.com/',
    local: () => ({ JWT_JWKS_URL: `${origin}/jwks.json` }),
    claims: (env) => ({
      iss: env.JWT_ISSUER,
      aud: [env.JWT_AUDIENCE, `${env.JWT_ISSUER}userinfo`],
      sub: 'auth0|1',
      azp: env.JWT_FIRST_PARTY_CLIENTS,
      scope: 'openid profile',
    }),
    foreign: (env) => ({ iss: env.JWT_ISSUER?.slice(0, -1), aud: env.JWT_AUDIENCE, sub: 'auth0|1' }),
    userId: /^[0-9a-f]{8}-[0-9a-f]{4}-5/,
    delegated: { azp: 'cli', scope: 'openid notes:read' },
  },
  {
    name: 'Keycloak',
    page: 'oidc.md',
    begin: 'JWT_AUDIENCE=notes-api',
    local: () => ({ JWT_JWKS_URL: `${origin}/jwks.json` }),
    claims: (env) => ({
      iss: env.JWT_ISSUER,
      aud: [env.JWT_AUDIENCE, 'account'],
      sub: subject,
      azp: 'web',
      scope: 'openid email profile',
    }),
    foreign: (env) => ({ iss: env.JWT_ISSUER, aud: 'account', sub: subject, azp: 'web' }),
    userId: subject,
    delegated: { azp: 'cli', scope: 'openid notes:read' },
  },
];

describe.each(recipes)(
  'the service with the settings for $name',
  ({ page, begin, local, claims, foreign, userId, delegated }) => {
    let site: Site;
    let server: GatehouseProcess;
    let env: Record<string, string>;

    beforeAll(async () => {
      env = { ...(await settingsOf(page, begin)), ...local() };
      site = await createSite({ NODE_ENV: 'production', ...env });
      server = await site.start();
    });
    afterAll(() => site.remove());

    const me = (token: string) =>
      sendTo(server, 'GET', '/api/v1/auth/me', { headers: { authorization: `Bearer ${token}` } });

    it('accepts its users, and no token for other audiences', async () => {
      const known = await me(tokenOf(claims(env)));
      expect([known.status, known.body.userId]).toEqual([
        200,
        typeof userId === 'string' ? userId : expect.stringMatching(userId),
      ]);
      const rejected = await me(tokenOf(foreign(env)));
      expect([rejected.status, rejected.body.code]).toEqual([401, 'INVALID_TOKEN']);
    });

    it('gives its users all rights, and clients of others their scopes', async () => {
      const { body } = await me(tokenOf(claims(env)));
      expect(body.scopes).toEqual(['*:*', 'api-keys:write', 'members:manage']);
      const client = await me(tokenOf({ ...claims(env), ...delegated }));
      expect([client.body.userId, client.body.scopes]).toEqual([body.userId, ['notes:read']]);
    });
  },
);
