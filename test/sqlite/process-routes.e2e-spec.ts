import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';
import { builtScript } from '../support/spawn-gatehouse.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const cli = builtScript('cli/routes.js');
const committed = () => readFile(join(root, 'docs/routes.md'), 'utf8');

it('npm run routes prints the matrix, and nothing else', async () => {
  const { stdout, stderr } = await run(process.execPath, [cli], { cwd: root });
  expect(stdout).toBe(await committed());
  expect(stderr).toBe('');
});

it('--write puts it into docs/routes.md', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  try {
    await mkdir(join(folder, 'docs'));
    const { stdout } = await run(process.execPath, [cli, '--write'], { cwd: folder });
    expect(stdout).toBe('');
    expect(await readFile(join(folder, 'docs/routes.md'), 'utf8')).toBe(await committed());
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('a wrong option is answered with the usage', async () => {
  const running = run(process.execPath, [cli, '--wirte'], { cwd: root });
  await expect(running).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('-- --write') });
});
