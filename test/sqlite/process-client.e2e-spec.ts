import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { builtScript } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const cli = builtScript('cli/openapi.js');
const committed = async (path: string) => (await readFile(join(root, path), 'utf8')).split('\n');

it('openapi.json is what the routes are; when they are meant to change: npm run client', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  try {
    await run(process.execPath, [cli], { cwd: folder });
    const written = await readFile(join(folder, 'openapi.json'), 'utf8');
    expect(written.split('\n')).toEqual(await committed('openapi.json'));
  } finally {
    await rm(folder, { recursive: true });
  }
});

// CI installs them.
const hasTools = existsSync(join(root, 'tools/node_modules'));
const name = 'the types of the client are those of openapi.json; otherwise: npm run client';
(hasTools ? it : it.skip)(hasTools ? name : `${name} (skipped: run npm ci --prefix tools)`, async () => {
  const script = join(root, 'tools/client.js');
  const { stdout } = await run(process.execPath, [script, '--print'], { maxBuffer: 16 * 1024 * 1024 });
  expect(stdout.split('\n')).toEqual(await committed('src/client/api.ts'));
});
