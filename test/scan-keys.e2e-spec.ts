import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runApplicationProgram } from '../src/cli/application-programs.js';
import { runProgram } from '../src/cli/commands/run-program.js';
import { keysOfService } from '../src/cli/service-programs.js';
import { KeyMint } from '../src/key-store/key-mint.js';
import { mintApiKey } from './support/api-keys.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';
import { runCommand } from './support/run-command.js';
import { builtScript } from './support/spawn-gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

const itOnce = databaseKind === 'sqlite' ? it : it.skip;
const unknownKey = new KeyMint().mintApiKey('live').key;
let gatehouse: Gatehouse;
let folder: string;
const elsewhere = () => ({ DATA_DIR: join(folder, 'none') });

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-scan-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Without a database, unless `env` names one. */
async function scan(path: string, env: Record<string, string> = elsewhere(), ...options: string[]) {
  const program = keysOfService(() => env);
  return runCommand((given, terminal) => runProgram(program, given, terminal), ['scan', path, ...options]);
}

/** A new folder with these files. */
async function filled(files: Record<string, string | Buffer>): Promise<string> {
  const path = await mkdtemp(join(folder, 'files-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const linesOf = (text: string) => text.trim().split('\n');

it('says which keys are live, with name and owner, and never prints one', async () => {
  const key = await mintApiKey(gatehouse, { name: 'deploy' });
  const personal = await createPersonalKey(gatehouse, 'scan@example.com');
  const tool = await issueToolKey(gatehouse, { taskId: 'task-9' });
  const admin = { headers: { 'x-api-key': gatehouse.adminKey } };
  await gatehouse.send('DELETE', `/api/v1/admin/api-keys/${personal.id}`, admin);
  const path = await filled({ 'a.env': `A=1\nKEY=${key}\n${personal.key} ${tool.key} ${unknownKey} ${key}` });
  const { databaseUrl, dataDir } = gatehouse.configuration;
  const env = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir };
  const { code, stdout, stderr } = await scan(path, env, '--json');
  const [first, ...others] = linesOf(stdout).map((line) => JSON.parse(line) as Json);
  expect([code, stderr]).toEqual([1, '']);
  expect(first).toMatchObject({
    file: `${path}/a.env`,
    line: 2,
    column: 5,
    kind: 'api_key',
    prefix: key.slice(0, 16),
    status: 'active',
    name: 'deploy',
    ownerId: expect.stringMatching(/^[\w-]{36}$/),
  });
  expect(others.map(({ line, status, summary }) => summary?.live ?? `${line} ${status}`)).toEqual([
    '3 revoked',
    '3 active',
    '3 not_found',
    '3 active',
    3,
  ]);
  const table = await scan(path, env);
  expect(table.stdout).toContain(
    `${path}/a.env:2:5  ${key.slice(0, 16)}…  active  deploy  ${first?.['ownerId']}\n`,
  );
  for (const text of [stdout, table.stdout, table.stderr])
    for (const one of [key, personal.key, tool.key, unknownKey]) expect(text).not.toContain(one.slice(0, 20));
});

it('exits with 1 and says so if the database is missing or out of reach, and makes none', async () => {
  const path = await filled({ a: unknownKey });
  const missing = await scan(path, { DATA_DIR: join(path, 'data') });
  expect(missing).toMatchObject({ code: 1, stdout: `${path}/a:1:1  ${unknownKey.slice(0, 16)}…  unknown\n` });
  expect(missing.stderr).toContain('Whether keys are live is unknown: there is no database\nRead 1 files');
  const unreachable = await scan(path, { DATABASE_URL: 'postgres://u:hidden@127.0.0.1:1/x' });
  expect(unreachable).toMatchObject({ code: 1, stdout: missing.stdout });
  expect(unreachable.stderr).toContain('Whether keys are live is unknown: ');
  expect(unreachable.stderr).not.toContain('hidden');
  expect((await scan(path, elsewhere(), '--offline')).stderr).toMatch(/^Read 1 files/);
});

itOnce('reads all files below, opens nothing else, and says what it left out', async () => {
  const outside = await filled({ secret: unknownKey });
  const path = await filled({
    'deep/er/b.bin': Buffer.concat([Buffer.from([0, 1, 200]), Buffer.from(unknownKey)]),
    '.git/config': 'clean',
    '.git/objects/aa/bb': unknownKey,
    empty: '',
  });
  await symlink(outside, join(path, 'link'));
  await symlink('..', join(path, 'loop'));
  execFileSync('mkfifo', [join(path, 'pipe')]);
  const { code, stdout, stderr } = await scan(path, elsewhere(), '--json');
  const [found, { summary }] = linesOf(stdout).map((line) => JSON.parse(line)) as [Json, Json];
  expect([code, found['file'], found['column']]).toEqual([1, `${path}/deep/er/b.bin`, 4]);
  expect(summary).toMatchObject({
    keys: 1,
    files: 3,
    notRead: { symbolicLinks: 2, specialFiles: 1, gitObjectFolders: 1, unreadable: 0 },
  });
  expect(stderr).toContain('there is no database');
  const clean = await filled({ a: 'nothing', 'b/c': 'mk_live_nothing' });
  expect(await scan(clean)).toEqual({
    code: 0,
    stdout: '',
    stderr: 'Read 2 files, 0.0 MB: 0 keys, 0 of them live.\n',
  });
});

itOnce('prints names of files without control characters and without keys', async () => {
  const path = await filled({ [`\u001b[2J\n\u202e${unknownKey}`]: unknownKey });
  const { stdout } = await scan(path);
  expect(linesOf(stdout)).toEqual([
    `${path}/\\u001b[2J\\n\\u202emk_live_[redacted]:1:1  ${unknownKey.slice(0, 16)}…  unknown`,
  ]);
});

itOnce('exits with 2 for wrong usage, a path that is not there and wrong settings', async () => {
  const path = await filled({ a: unknownKey });
  for (const ended of [
    await scan(join(path, 'none')),
    await scan(path, elsewhere(), '--all'),
    await scan(path, { KEY_PREFIX: 'NO' }),
    await scan(path, { ...elsewhere(), KEY_PREFIX: 'tk' }),
  ])
    expect([ended.code, ended.stdout]).toEqual([2, '']);
});

itOnce('names a path that it cannot read, or that would never end', async () => {
  const path = await filled({ a: unknownKey });
  execFileSync('mkfifo', [join(path, 'pipe')]);
  const missing = `${path}/${unknownKey}`;
  for (const [given, message] of [
    [missing, `${path}/mk_live_[redacted] cannot be read: ENOENT`],
    [
      join(path, 'pipe'),
      `${path}/pipe is neither a file nor a folder: pass it to standard input, and name -`,
    ],
    ['/dev/zero', '/dev/zero is neither a file nor a folder: pass it to standard input, and name -'],
  ] as const)
    expect(await scan(given)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\nSee: npm run -s keys -- --help\n`,
    });
});

itOnce('reads what the shell passes as a path', () => {
  const command = `exec "$0" "$1" scan <(printf '%s' "$2")`;
  const args = ['-c', command, process.execPath, builtScript('cli/keys.js'), unknownKey];
  const { status, stdout } = spawnSync('bash', args, { env: { DATA_DIR: folder }, encoding: 'utf8' });
  expect([status, stdout]).toEqual([1, expect.stringMatching(/^\/dev\/fd\/\d+:1:1 {2}mk_live_/)]);
});

itOnce('reads standard input', () => {
  const env = { DATA_DIR: folder };
  const run = (input: string) =>
    spawnSync(process.execPath, [builtScript('cli/keys.js'), 'scan', '-'], { input, env, encoding: 'utf8' });
  expect(run(`+++ b/a\n+key: ${unknownKey}\n`)).toMatchObject({
    status: 1,
    stdout: `-:2:7  ${unknownKey.slice(0, 16)}…  unknown\n`,
  });
});

itOnce('works in an application without a configuration, with KEY_PREFIX', async () => {
  const environment = process.env;
  const path = await filled({ a: unknownKey });
  process.env = { KEY_PREFIX: 'acme', DATA_DIR: path };
  try {
    expect(await runCommand(runApplicationProgram, ['keys', 'scan', path])).toMatchObject({ code: 0 });
    const rules = await runCommand(runApplicationProgram, ['keys', 'scanner-rules', '--format', 'github']);
    expect([rules.code, rules.stdout]).toEqual([
      0,
      expect.stringContaining('(?:acme_live_|acme_test_)[0-9A-Za-z]{49}'),
    ]);
    expect((await runCommand(runApplicationProgram, ['keys', 'scanner-rules', '--format', 'x'])).code).toBe(
      2,
    );
    expect((await runCommand(runApplicationProgram, ['keys', 'list'])).code).toBe(1);
  } finally {
    process.env = environment;
  }
});
