import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readPage } from '../support/pages/page.js';
import { PageProject } from '../support/pages/page-project.js';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const page = readPage('docs/client.md');
let project: PageProject;
let site: Site;
let server: GatehouseProcess;
let apiKey: string;

beforeAll(async () => {
  project = await PageProject.of([page]);
  expect(project.complaintsOf(page)).toEqual([]);
  site = await createSite();
  server = await site.start();
  const { body } = await sendTo(server, 'POST', '/api/v1/api-keys', {
    headers: site.bearer(),
    body: { name: 'docs', scopes: ['api-keys:read', 'api-keys:write', 'tool-keys:issue', 'files:read'] },
  });
  apiKey = body.key;
});
afterAll(async () => {
  await project.remove();
  await site.remove();
});

/** What this expression gives, in a program beside the snippets. */
async function valueOf(imports: string, expression: string): Promise<unknown> {
  const code = `import ${imports};\nprocess.stdout.write(JSON.stringify(${expression}) ?? '');`;
  return JSON.parse(await project.run(page, '--input-type=module', '--eval', code));
}

describe('docs/client.md', () => {
  it('makes a key and finds it', async () => {
    const file = join(project.folderOf(page), 'make-a-key.js');
    const code = `Object.assign(process.env, ${JSON.stringify({ GATEHOUSE_URL: server.url, GATEHOUSE_API_KEY: apiKey })});
      await import('${pathToFileURL(file).href}');`;
    expect(await project.run(page, '--input-type=module', '--eval', code)).toBe(
      "true [ 'files:read' ] true\n",
    );
  });

  it('asks the session for a token', async () => {
    const [, token] = site.bearer().authorization.split(' ');
    const session = `{ getSession: async () => ({ accessToken: '${token}' }) }`;
    const asked = `(await clientFor('${server.url}', ${session}).GET('/api/v1/auth/me')).data.source`;
    expect(await valueOf("{ clientFor } from './in-a-browser.js'", asked)).toEqual({ type: 'jwt' });
  });

  it('tells errors by their code', async () => {
    const issue = (taskId: string, key = apiKey) =>
      valueOf("{ issueFor } from './on-errors.js'", `await issueFor('${taskId}', '${server.url}', '${key}')`);
    expect(await issue('task-1')).toBe('lacks files:write');
    expect(await issue('')).toBe('wrong: taskId');
    expect(await issue('task-1', 'bad')).toBe('refused: INVALID_API_KEY');
    const who = (key: string) =>
      valueOf("{ whoAmI } from './on-errors.js'", `await whoAmI('${server.url}', '${key}')`);
    expect(await who('bad')).toBe('nobody');
    expect(await who(apiKey)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('knows the routes of an application', async () => {
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
    expect(await project.run(page, '--input-type=module', '--eval', code)).toBe("[ 'task-1: first' ]\n");
  });
});
