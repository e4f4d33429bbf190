import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ProjectWithPackage } from '../support/packed-package.js';

const root = join(import.meta.dirname, '../..');
let project: ProjectWithPackage;
let folder: string;
let server: Server;
let url: string;
const requests: Pick<IncomingMessage, 'url' | 'headers'>[] = [];

/** Has the packed file and what that depends on: no Nest, no TypeORM, no driver, no configuration. */
beforeAll(async () => {
  project = await ProjectWithPackage.create([]);
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-bare-'));
  const modules = join(folder, 'node_modules');
  for (const name of Object.keys(project.manifest.dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  const packed = join(project.folder, 'node_modules/nestjs-gatehouse');
  await promisify(execFile)('cp', ['-r', packed, join(modules, 'nestjs-gatehouse')]);
  server = createServer((request, response) => {
    requests.push(request);
    const issued = { key: `tk_${'a'.repeat(49)}`, expiresAt: '2030-01-01T00:00:00.000Z' };
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(issued));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await project.remove();
  await rm(folder, { recursive: true });
});

function run(args: readonly string[], env: Record<string, string> = {}) {
  const bin = join(folder, 'node_modules/nestjs-gatehouse', project.manifest.bin['nestjs-gatehouse'] ?? '');
  return promisify(execFile)(process.execPath, [bin, ...args], { cwd: folder, env });
}

it('has the command tool-key, which needs nothing but the package', async () => {
  const { stdout, stderr } = await run(['tool-key', '--task', 'session-1', '--gatehouse', url], {
    GATEHOUSE_CREDENTIAL: 'mk_live_x',
  });
  expect([stdout, stderr]).toEqual([`{"Authorization":"Bearer tk_${'a'.repeat(49)}"}\n`, '']);
  expect(requests).toMatchObject([
    { url: '/api/v1/tool-keys', headers: { authorization: 'Bearer mk_live_x' } },
  ]);
});

it('has the command mcp-doctor, which needs nothing but the package', async () => {
  const failing = await run(['mcp-doctor', `${url}/mcp`, '--json']).catch((error: unknown) => error);
  const { code, stdout, stderr } = failing as { code?: number; stdout: string; stderr: string };
  const { url: examined, findings } = JSON.parse(stdout);
  expect([code, stderr, examined]).toEqual([1, '', `${url}/mcp`]);
  expect(findings.map((one: { code: string }) => one.code)).toContain('OPEN');
});

it('shows the help of such commands', async () => {
  expect((await run(['tool-key', '--help'])).stdout).toMatch(
    /^Usage: npx nestjs-gatehouse tool-key \[options\]/,
  );
  await expect(run(['tool-key'])).rejects.toMatchObject({ code: 2 });
});
