import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readPage } from '../support/pages/page.js';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
});
afterAll(() => site.remove());

it('the verifier of docs/token-exchange.md takes a token for its audience, and no other token', async () => {
  const verifier = readPage('docs/token-exchange.md').snippets.find(({ file }) => file === 'verify.js');
  const file = join(site.folder, 'verify.mjs');
  const end = '\nconsole.log(JSON.stringify(claimsOf(process.env.TOKEN, process.env.AUDIENCE)));\n';
  await writeFile(file, verifier?.code + end);
  const task = { taskId: 'task-42', scopes: ['files:read'] };
  const issued = await sendTo(server, 'POST', '/api/v1/tool-keys', { headers: site.bearer(), body: task });
  const { body } = await sendTo(server, 'POST', '/api/v1/auth/token', {
    headers: { 'x-tool-key': issued.body.key },
    body: { audience: 'billing' },
  });
  const verify = (TOKEN: string, AUDIENCE = 'billing') =>
    run(process.execPath, [file], { env: { GATEHOUSE: server.url, TOKEN, AUDIENCE } });
  const { stdout } = await verify(body.access_token);
  expect(JSON.parse(stdout)).toMatchObject({ scope: 'files:read', act: { type: 'tool_key' } });
  await expect(verify(body.access_token, 'others')).rejects.toThrow('not for us');
  await expect(verify(site.bearer().authorization.slice(7))).rejects.toThrow('not a token for keys');
  const [head, , signature] = body.access_token.split('.');
  const forged = Buffer.from(JSON.stringify({ ...JSON.parse(stdout), scope: '*:*' })).toString('base64url');
  await expect(verify(`${head}.${forged}.${signature}`)).rejects.toThrow('not signed by Gatehouse');
});
