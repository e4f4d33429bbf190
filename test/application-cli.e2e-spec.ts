import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { runApplicationProgram } from '../src/cli/application-programs.js';
import { gatehouseTables } from '../src/entities.js';
import { GatehouseModule } from '../src/gatehouse/gatehouse.module.js';
import type { GatehouseDatabaseOptions } from '../src/gatehouse/gatehouse.options.js';
import { parseDatabaseUrl } from '../src/database/database-location.js';
import { eventually } from './support/eventually.js';
import { hostWith } from './support/host-data-source.js';
import { runCommand } from './support/run-command.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';
import type { Ended } from './support/spawn-gatehouse.js';

declare const databaseKind: 'sqlite' | 'postgres';

const itOnce = databaseKind === 'sqlite' ? it : it.skip;
const naming = { prefix: 'gh_', schema: 'auth' };
const logger = { log: () => undefined, warn: () => undefined, error: () => undefined };

const environment = process.env;
const outside = process.cwd();
let scratch: ScratchDatabase;
let folder: string;
let app: INestApplication | undefined;

beforeEach(async () => {
  scratch = await createScratchDatabase();
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-app-'));
  process.chdir(folder);
});
afterEach(async () => {
  await app?.close();
  app = undefined;
  process.env = environment;
  process.chdir(outside);
  await rm(folder, { recursive: true });
  await scratch.drop();
});

/** Runs a command in the folder of the application, with this environment and nothing else. */
async function gatehouse(args: readonly string[], env: Record<string, string> = {}): Promise<Ended> {
  process.env = { ...env };
  try {
    return await runCommand(runApplicationProgram, args);
  } finally {
    process.env = environment;
  }
}

async function printed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gatehouse(args);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout.trim();
}

async function configure(text: string, name = 'gatehouse.config.mjs'): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}
const json = (options: object) => configure(JSON.stringify(options), 'gatehouse.config.json');

/** The application on the same database and data folder. */
async function start(database: GatehouseDatabaseOptions) {
  const dataDir = join(folder, 'data');
  @Module({ imports: [GatehouseModule.forRoot({ database, devIssuer: { dataDir } })] })
  class RootModule {}
  const host = await NestFactory.create(RootModule, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app = host;
  await host.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(host.getHttpServer().address() as AddressInfo).port}`;
  return async (path: string, headers: Record<string, string>) => {
    const answer = await fetch(base + path, { headers });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
}

const keysPath = '/api/v1/api-keys';
const adminPath = '/api/v1/admin/owners';

/** A data source of the application, in the configuration of the command line. */
function ownDataSource(): string {
  const location = parseDatabaseUrl(scratch.url);
  const place =
    location.type === 'postgres'
      ? { type: 'postgres', url: location.url }
      : { type: 'better-sqlite3', database: location.file };
  return `import { DataSource } from '${import.meta.resolve('typeorm')}';
    import { gatehouseTables } from '${import.meta.resolve('../src/entities.js')}';
    const { entities } = gatehouseTables(${JSON.stringify(naming)});
    export const dataSource = new DataSource({ ...${JSON.stringify(place)}, entities });
    export default async () => ({ database: { dataSource }, devIssuer: true });`;
}

describe('the command line in an application', () => {
  it.each<[string, () => Promise<void>, () => GatehouseDatabaseOptions]>([
    [
      'with a URL',
      () => json({ database: { url: scratch.url }, devIssuer: true }),
      () => ({ url: scratch.url, logger }),
    ],
    [
      'with a prefix and a schema',
      () => json({ database: { url: scratch.url, tablePrefix: 'gh_', schema: 'auth' }, devIssuer: true }),
      () => ({ url: scratch.url, tablePrefix: 'gh_', schema: 'auth', logger }),
    ],
    [
      'with its own data source, prefix and schema',
      () => configure(ownDataSource()),
      () => ({ dataSource: hostWith(scratch.url, gatehouseTables(naming)), logger }),
    ],
  ])('migrates, makes the first admin once, and manages it: %s', async (_, write, databaseOf) => {
    await write();
    expect(await printed('migrate')).toMatch(/^Migrated /);
    expect(await printed('migrate')).toBe('The tables are up to date.');

    const { key } = JSON.parse(await printed('keys', 'first-admin', '--json'));
    const again = await gatehouse(['keys', 'first-admin']);
    expect(again).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^There is an admin key already/),
    });

    const send = await start(databaseOf());
    expect((await send(adminPath, { 'x-api-key': key })).status).toBe(200);
    const bearer = { authorization: `Bearer ${await printed('token', '--email', 'ada@example.com')}` };
    expect((await send(keysPath, bearer)).status).toBe(200);
    const [user, ...others] = (await printed('users', 'list', '--json'))
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([user, others]).toEqual([
      expect.objectContaining({ email: 'ada@example.com', status: 'active' }),
      [],
    ]);
    const owners = await printed('owners', 'list');
    expect(owners).toMatch(new RegExp(`^ID [^]*${user.ownerId}  active`));

    await printed('owners', 'disable', user.ownerId);
    await eventually(async () => expect((await send(keysPath, bearer)).body.code).toBe('USER_NOT_FOUND'));
    await printed('owners', 'enable', user.ownerId);
    await eventually(async () => expect((await send(keysPath, bearer)).status).toBe(200));
    await printed('users', 'disable', 'ada@example.com');
    await eventually(async () => expect((await send(keysPath, bearer)).body.code).toBe('USER_NOT_FOUND'));
    await printed('users', 'enable', user.id);
    await eventually(async () => expect((await send(keysPath, bearer)).status).toBe(200));
    await printed('users', 'sign-out', 'ada@example.com');
    await eventually(async () => expect((await send(keysPath, bearer)).status).toBe(401));
  });

  it('finds what the application has migrated itself', async () => {
    const own = await hostWith(scratch.url, gatehouseTables(naming), { runsAll: true }).initialize();
    await own.destroy();
    await json({ database: { url: scratch.url, tablePrefix: 'gh_', schema: 'auth' } });
    expect(await printed('migrate')).toBe('The tables are up to date.');
    expect(await printed('keys', 'list', '--json')).toBe('');
  });

  it('reads the environment without a file, and nothing of it that is not ours', async () => {
    const env = { DATABASE_URL: scratch.url, LOG_LEVEL: 'info', PORT: 'http' };
    expect(await gatehouse(['keys', 'create', '--name', 'ci'], env)).toMatchObject({ code: 0, stderr: '' });
    const token = await gatehouse(['token', '--email', 'ada@example.com']);
    expect(token).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+\n$/),
      stderr: '',
    });
  });
});

describe('the command line', () => {
  itOnce('makes access keys for owners that its resolver may know, and says who decides', async () => {
    const resolver = `ownerResolver: class { resolve({ ownerId }, wanted = ownerId) { return { ownerId: wanted }; } }`;
    const database = `database: { url: ${JSON.stringify(scratch.url)} }`;
    await configure(`export default { ${database}, devIssuer: true, ${resolver} };`);
    await printed('migrate');
    const send = await start({ url: scratch.url, logger });
    const bearer = { authorization: `Bearer ${await printed('token', '--email', 'ada@example.com')}` };
    await send(keysPath, bearer);
    const { id } = JSON.parse(await printed('owners', 'create', '--name', 'acme', '--json'));
    const args = [
      'keys',
      'create',
      '--user',
      'ADA@example.com',
      '--name',
      'x',
      '--scopes',
      'a:b',
      '--owner',
      id,
    ];
    const made = await gatehouse([...args, '--json']);
    expect([made.code, JSON.parse(made.stdout).ownerId]).toEqual([0, id]);
    expect(made.stderr).toBe(
      'The application decides with each request whether the user is a member of this owner.\n',
    );
    await configure(`export default { ${database} };`, 'without-resolver.mjs');
    expect(await gatehouse([...args, '--config', 'without-resolver.mjs'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^--owner: The user is not a member of this owner\.\n/),
    });
  });

  itOnce('prints its help', async () => {
    const commands = ['', 'keys create', 'migrate'];
    for (const command of commands) {
      const { code, stdout, stderr } = await gatehouse([...command.split(' ').filter(Boolean), '--help']);
      expect([command, code, stderr]).toEqual([command, 0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: npx nestjs-gatehouse ${command}`));
    }
  });

  itOnce('says in one sentence what is wrong with its arguments, and ends with 2', async () => {
    const wrong: [string, string][] = [
      ['', 'A command is missing'],
      ['bogus', 'There is no command bogus'],
      ['keys list --bogus', '--bogus: there is no such option'],
      ['token', '--email: is missing: --email ada@example.com'],
    ];
    for (const [args, sentence] of wrong) {
      const { code, stdout, stderr } = await gatehouse(args.split(' ').filter(Boolean));
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(/^[^\n]+\nSee: npx nestjs-gatehouse [^\n]*--help\n$/);
      expect(stderr.split('\n')[0]).toBe(sentence);
    }
  });

  itOnce('shows the first 20 problems of an import and their number, and no progress in a file', async () => {
    await json({ database: { url: scratch.url } });
    await configure('plain\n'.repeat(30), 'keys.txt');
    const { code, stderr } = await gatehouse(['keys', 'import', '--format', 'hashes', 'keys.txt']);
    const lines = stderr.trim().split('\n');
    expect([code, lines.length, lines.at(-1)]).toEqual([1, 21, '… and 10 more']);
    expect(stderr).not.toContain('\r');
  });
});

describe('a configuration that is not usable', () => {
  const failure = async (args = ['migrate'], env = {}) => {
    const { code, stdout, stderr } = await gatehouse(args, env);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toMatch(/^\s+at /m);
    return stderr;
  };

  itOnce('is missing, or there are two', async () => {
    expect(await failure()).toContain('there is no gatehouse.config.ts, .js, .mjs or .json here or in src');
    await json({});
    await configure('export default {}', 'src/gatehouse.config.mjs');
    expect(await failure()).toContain(
      'there are gatehouse.config.json and src/gatehouse.config.mjs: choose one',
    );
  });

  itOnce('is damaged, has an unknown option, or is not there', async () => {
    await configure('{', 'broken.json');
    expect(await failure(['migrate', '--config', 'broken.json'])).toMatch(/broken\.json: .*JSON/);
    await json({ database: { url: scratch.url }, issuer: 'x' });
    expect(await failure()).toContain('issuer is no option of GatehouseModule; there are');
    expect(await failure(['migrate', '--config', 'none.mjs'])).toContain(
      'none.mjs: it, or a file that it imports,',
    );
    await configure('export default undefined', 'none.mjs');
    expect(await failure(['migrate', '--config', 'none.mjs'])).toContain('GatehouseModule has no options');
  });

  itOnce('is TypeScript where Node does not load it, and works where it does', async () => {
    await configure(
      `const url: string = ${JSON.stringify(scratch.url)}; export default { database: { url } };`,
      'gatehouse.config.mts',
    );
    const { typescript } = process.features as { typescript?: string | false };
    if (typescript) expect(await printed('migrate')).toMatch(/^Migrated /);
    else expect(await failure()).toContain('does not load TypeScript, Node 22.18 and newer do');
  });

  itOnce('has a development issuer in production, or none where a token is wanted', async () => {
    const args = ['token', '--email', 'ada@example.com'];
    await json({ database: { url: scratch.url }, devIssuer: true });
    expect(await failure(args, { NODE_ENV: 'production' })).toContain(
      'devIssuer is on, and NODE_ENV is neither',
    );
    await json({ database: { url: scratch.url } });
    expect(await failure(args)).toContain('devIssuer is off, so its tokens would be rejected');
  });
});
