import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { readPage } from '../support/pages/page.js';
import { hasShell } from '../support/pages/page-shell.js';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
const [warn, line, command, list] = readPage('docs/upgrading.md').snippets.map(({ code }) => code.trim());
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const issuer = 'https://login.example.com/realms/acme';
let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  const [name = '', value = ''] = warn?.split('=') ?? [];
  site = await createSite({
    NODE_ENV: 'production',
    JWT_ISSUER: issuer,
    JWT_AUDIENCE: 'notes-api',
    JWT_PUBLIC_KEY: JSON.stringify(publicKey.export({ format: 'jwk' })),
    JWT_CLIENT_CLAIM: 'azp',
    JWT_FIRST_PARTY_CLIENTS: 'ios',
    [name]: value,
  });
  server = await site.start();
});
afterAll(() => site.remove());

const call = (claims: object) => {
  const options = {
    algorithm: 'ES256',
    issuer,
    audience: 'notes-api',
    subject: 'ada',
    expiresIn: 600,
  } as const;
  const authorization = `Bearer ${jwt.sign(claims, privateKey, options)}`;
  return sendTo(server, 'GET', '/api/v1/auth/api-keys/events', { headers: { authorization } });
};

(hasShell ? it : it.skip)(
  'the log of docs/upgrading.md names the clients whose tokens would be bounded',
  async () => {
    const calls = [
      { azp: 'web', scope: 'openid profile email' },
      { azp: 'web', scope: 'openid' },
      { azp: 'planner', scope: 'openid notes:read' },
      { azp: 'ios', scope: 'openid' },
    ];
    for (const claims of calls) expect((await call(claims)).status).toBe(200);
    const { stdout, stderr } = await server.stop();
    const messages = `${stdout}${stderr}`
      .split('\n')
      .filter((text) => text.startsWith('{'))
      .map((text) => (JSON.parse(text) as { message: string }).message);
    expect(messages.filter((message) => message.includes('would be bounded'))).toContain(line);
    await writeFile(join(site.folder, 'gatehouse.log'), stdout + stderr);
    const listed = await run('bash', ['-c', command ?? 'false'], { cwd: site.folder });
    expect(listed.stdout.trim()).toBe(list);
  },
);
