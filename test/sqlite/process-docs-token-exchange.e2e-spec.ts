import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'token-exchange.md'), 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const hasTools = await run('sh', ['-c', 'command -v curl && command -v jq']).then(
  () => true,
  () => false,
);

let site: Site;
let server: GatehouseProcess;
let apiKey: string;
let toolKey: string;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
  const made = await sendTo(server, 'POST', '/api/v1/auth/api-keys', { headers: site.bearer() });
  apiKey = made.body.key;
  const body = { taskId: 'task-42', scopes: ['files:read'] };
  const issued = await sendTo(server, 'POST', '/api/v1/tool-keys', {
    headers: { 'x-api-key': apiKey },
    body,
  });
  toolKey = issued.body.key;
});
afterAll(() => site.remove());

it('the verifier of docs/token-exchange.md takes a token for its audience, and no other token', async () => {
  const [verifier = ''] = blocks('js');
  const file = join(site.folder, 'verify.mjs');
  const end = '\nconsole.log(JSON.stringify(claimsOf(process.env.TOKEN, process.env.AUDIENCE)));\n';
  await writeFile(file, verifier + end);
  const headers = { 'x-tool-key': toolKey };
  const { body } = await sendTo(server, 'POST', '/api/v1/auth/token', {
    headers,
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

(hasTools ? it : it.skip)('the commands of docs/token-exchange.md do what it says', async () => {
  const commands = blocks('sh').filter((text) => text.startsWith('curl'));
  expect(commands).toHaveLength(2);
  const answers = [];
  for (const command of commands) {
    const text = command.replaceAll('http://127.0.0.1:3000', server.url);
    const env = { PATH: process.env.PATH, API_KEY: apiKey, TOOL_KEY: toolKey };
    answers.push(JSON.parse((await run('sh', ['-c', text], { env })).stdout));
  }
  const [asked = '{}'] = blocks('json');
  expect({ ...answers[0], access_token: '' }).toEqual({ ...JSON.parse(asked), access_token: '' });
  expect(answers[1]).toMatchObject({ aud: 'billing', act: { type: 'tool_key', act: { type: 'api_key' } } });
});
