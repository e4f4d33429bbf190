import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Page, readPage, readPages } from '../support/pages/page.js';
import { filesOf, PageProject, testsOf } from '../support/pages/page-project.js';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
const pages = readPages().filter((page) => filesOf(page).size > 0);
const client = readPage('docs/client.md');
let project: PageProject;
let reports: Promise<Map<Page, string>> | undefined;
let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  project = await PageProject.of(pages);
  site = await createSite();
  server = await site.start();
}, 300_000);
afterAll(async () => {
  await project.remove();
  await site.remove();
});

describe.each(pages.map((page) => [page.path, page] as const))('%s', (_path, page) => {
  const files = [...filesOf(page).keys()];

  it('has code that compiles', async () => {
    expect(project.complaintsOf(page)).toEqual([]);
    expect(project.otherComplaints).toEqual([]);
    for (const file of files.filter((name) => name.endsWith('.js'))) await project.run(page, '--check', file);
  });

  if (testsOf(page).length === 0) return;

  it('has tests that pass', async () => {
    reports ??= project.reportsOf(pages.filter((one) => testsOf(one).length > 0));
    const report = (await reports).get(page) ?? '';
    expect(report.match(/^ok /gm)?.length).toBeGreaterThan(testsOf(page).length);
    expect(report).not.toMatch(/^not ok|# (?:SKIP|TODO)/m);
  });
});

describe('docs/client.md', () => {
  let apiKey: string;

  beforeAll(async () => {
    const { body } = await sendTo(server, 'POST', '/api/v1/api-keys', {
      headers: site.bearer(),
      body: { name: 'docs', scopes: ['api-keys:read', 'api-keys:write', 'tool-keys:issue', 'files:read'] },
    });
    apiKey = body.key;
  });

  /** The value of an expression in a program beside the snippets. */
  async function valueOf(imports: string, expression: string): Promise<unknown> {
    const code = `import ${imports};\nprocess.stdout.write(JSON.stringify(${expression}) ?? '');`;
    return JSON.parse(await project.run(client, '--input-type=module', '--eval', code));
  }

  it('creates a key and finds it', async () => {
    const file = join(project.folderOf(client), 'make-a-key.js');
    const code = `Object.assign(process.env, ${JSON.stringify({ GATEHOUSE_URL: server.url, GATEHOUSE_API_KEY: apiKey })});
      await import('${pathToFileURL(file).href}');`;
    expect(await project.run(client, '--input-type=module', '--eval', code)).toBe(
      "true [ 'files:read' ] true\n",
    );
  });

  it('takes its token from the session', async () => {
    const [, token] = site.bearer().authorization.split(' ');
    const session = `{ getSession: async () => ({ accessToken: '${token}' }) }`;
    const asked = `(await clientFor('${server.url}', ${session}).GET('/api/v1/auth/me')).data.source`;
    expect(await valueOf("{ clientFor } from './in-a-browser.js'", asked)).toEqual({ type: 'jwt' });
  });

  it('distinguishes errors by their code', async () => {
    const issue = (taskId: string, key = apiKey) =>
      valueOf("{ issueFor } from './on-errors.js'", `await issueFor('${taskId}', '${server.url}', '${key}')`);
    expect(await issue('task-1')).toBe('lacks files:write');
    expect(await issue('')).toBe('wrong: taskId');
    expect(await issue('task-1', 'bad')).toBe('rejected: INVALID_API_KEY');
    const who = (key: string) =>
      valueOf("{ whoAmI } from './on-errors.js'", `await whoAmI('${server.url}', '${key}')`);
    expect(await who('bad')).toBe('anonymous');
    expect(await who(apiKey)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('calls routes of an application', async () => {
    const notes = `createServer(({ url }, response) => response
      .setHeader('content-type', 'application/json')
      .end(url === '/notes' ? '[{"text":"first"}]' : '{"taskId":"task-1"}'))`;
    const code = `import { createServer } from 'node:http';
      import { readNotes } from './your-own-routes.js';
      const server = ${notes}.listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      console.log(await readNotes('http://127.0.0.1:' + server.address().port, 'tk_1'));
      server.close();
      server.closeAllConnections();`;
    expect(await project.run(client, '--input-type=module', '--eval', code)).toBe("[ 'task-1: first' ]\n");
  });
});

it('the verifier of docs/token-exchange.md accepts only a token for its audience', async () => {
  const verifier = filesOf(readPage('docs/token-exchange.md')).get('verify.js');
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
