import { execFile } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ProjectWithPackage, requiredOf } from '../support/packed-package.js';
import { publicSignaturesOf } from '../support/public-signatures.js';

const root = join(import.meta.dirname, '../..');
const dist = 'dist/package';
let project: ProjectWithPackage;

beforeAll(async () => {
  project = await ProjectWithPackage.create([
    '@nestjs/platform-express',
    '@types/node',
    'better-sqlite3',
    'typescript',
  ]);
});
afterAll(() => project.remove());

/** The files of the package that an entry point loads, at once or when needed, and the packages that those import. */
async function reachFrom(entry: string): Promise<{ files: Set<string>; packages: Set<string> }> {
  const files = new Set([entry]);
  const packages = new Set<string>();
  for (const file of files) {
    const { importedFiles } = ts.preProcessFile(await project.read(file), true, true);
    for (const { fileName } of importedFiles) {
      if (fileName.startsWith('.')) files.add(join(file, '..', fileName));
      else if (!fileName.startsWith('node:')) packages.add(packageOf(fileName));
    }
  }
  return { files, packages };
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

describe('the packed file', () => {
  it('has the modules and their documentation, and neither the service nor tests', () => {
    const site = project.files.filter((file) => file.startsWith(`${dist}/console/site/`));
    expect(site).toContain(`${dist}/console/site/index.html`);
    expect(site.filter((file) => !/\.(html|js|css|svg)$/.test(file))).toEqual([]);
    const others = project.files.filter(
      (file) => !site.includes(file) && !/^dist\/package\/.*\.(js|d\.ts)$/.test(file),
    );
    const ofTypes = ['cjs', 'types'].map((folder) => `${dist}/${folder}/package.json`);
    expect(others).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', ...ofTypes, 'package.json']);
    expect(project.files).toEqual(
      expect.arrayContaining([
        `${dist}/types/index.d.ts`,
        `${dist}/testing/index.js`,
        `${dist}/cjs/index.js`,
      ]),
    );
    expect(project.files.filter((file) => /spec|^dist\/package\/(server|main)/.test(file))).toEqual([]);
    expect(project.files.length).toBeLessThanOrEqual(210);
    expect(project.packedBytes).toBeLessThanOrEqual(740_000);
  });

  it('has seven entry points, each as an ES module and as CommonJS', () => {
    const entry = (path: string) => ({
      types: `./${dist}/types/${path}.d.ts`,
      'module-sync': `./${dist}/${path}.js`,
      require: `./${dist}/cjs/${path}.js`,
      default: `./${dist}/${path}.js`,
    });
    expect(project.manifest.exports).toEqual({
      '.': entry('index'),
      './seams': entry('seams'),
      './database': entry('database'),
      './client': entry('client/index'),
      './testing': entry('testing/index'),
      './mcp': entry('mcp/index'),
      './console': entry('console/index'),
      './package.json': './package.json',
    });
    const subpaths = Object.entries(project.manifest.exports).slice(1, -1) as [string, { types: string }][];
    const classic = subpaths.map(([path, { types }]) => [path.slice('./'.length), [types]]);
    expect(project.manifest.typesVersions).toEqual({ '*': Object.fromEntries(classic) });
  });

  it('is one in a process, whichever way and by whichever entry it is loaded', async () => {
    await project.write(
      'both.mjs',
      `import { createRequire } from 'node:module';
       const require = createRequire(import.meta.url);
       const names = ['', '/seams', '/database', '/testing'].map((path) => 'nestjs-gatehouse' + path);
       const [main, seams, database, testing] = await Promise.all(names.map((name) => import(name)));
       const all = Object.assign({}, ...[main, seams, database, testing]);
       const twice = [main, seams, database, testing].flatMap((entry) => Object.keys(entry));
       console.log(JSON.stringify({
         isOne: names.every((name) => Object.entries(require(name)).every(([key, value]) => all[key] === value)),
         namedTwice: twice.filter((name, at) => twice.indexOf(name) !== at),
         extends: [
           [seams.MemoryApiKeyStore, seams.ApiKeyStore], [testing.FixedClock, seams.Clock],
         ].map(([one, other]) => one.prototype instanceof other),
         provided: Reflect.getMetadata('exports', main.DatabaseModule)[0] === database.Database,
       }));`,
    );
    const fromCommonJs = ['', '/seams', '/database'].map((path) => `nestjs-gatehouse${path}`);
    await project.write(
      'both.cjs',
      `const [main, seams, database] = ${JSON.stringify(fromCommonJs)}.map((name) =>
         require(require.resolve(name).replace('/dist/package/', '/dist/package/cjs/')));
       const { prototype } = seams.MemoryApiKeyStore;
       const [provided] = Reflect.getMetadata('exports', main.DatabaseModule);
       console.log(prototype instanceof seams.ApiKeyStore, provided === database.Database);`,
    );
    expect(JSON.parse(await project.run('both.mjs'))).toEqual({
      isOne: true,
      namedTwice: [],
      extends: [true, true],
      provided: true,
    });
    expect(await project.run('--no-warnings', 'both.cjs')).toBe('true true\n');
  });

  it('works as CommonJS, as Jest loads it', async () => {
    await project.write(
      'commonjs.cjs',
      `require('reflect-metadata');
       const { Controller, Get, UseGuards } = require('@nestjs/common');
       const { NestFactory } = require('@nestjs/core');
       const { ExpressAdapter } = require('@nestjs/platform-express');
       const ours = require('./node_modules/nestjs-gatehouse/${dist}/cjs/index.js');
       const { gatehouseEntities } = require('./node_modules/nestjs-gatehouse/${dist}/cjs/database.js');
       require('./node_modules/nestjs-gatehouse/${dist}/cjs/testing/index.js');
       class Notes { list() { return 'notes'; } }
       const list = Object.getOwnPropertyDescriptor(Notes.prototype, 'list');
       for (const decorate of [UseGuards(ours.Authenticated), Get()]) decorate(Notes.prototype, 'list', list);
       Controller('notes')(Notes);
       const imports = [
         ours.DatabaseModule.forRoot({ url: 'sqlite:commonjs.db', entities: gatehouseEntities }),
         ours.AuthModule.forRoot({}), ours.ApiKeysModule, ours.ToolKeysModule,
       ];
       NestFactory.create({ module: class Host {}, imports, controllers: [Notes] }, new ExpressAdapter(), { logger: false })
         .then(async (app) => {
           await app.listen(0);
           const answer = await fetch((await app.getUrl()) + '/notes', { headers: { 'x-api-key': 'bad' } });
           console.log(answer.status, (await answer.json()).code, ours.Authenticated.name);
           await app.close();
         });`,
    );
    expect(await project.run('--no-warnings', 'commonjs.cjs')).toBe('401 INVALID_API_KEY Authenticated\n');
  });

  it('has the console as an entry of its own, which no other loads', async () => {
    for (const entry of ['index', 'client/index', 'testing/index', 'mcp/index']) {
      const { files } = await reachFrom(`${dist}/${entry}.js`);
      expect([...files].filter((file) => file.startsWith(`${dist}/console/`))).toEqual([]);
    }
    const { packages } = await reachFrom(`${dist}/index.js`);
    const ofConsole = await reachFrom(`${dist}/console/index.js`);
    expect([...ofConsole.packages].filter((name) => !packages.has(name))).toEqual([]);
  });

  it.each([
    ['an ES module', 'console.mjs', (name: string) => `await import('nestjs-gatehouse${name}')`],
    [
      'CommonJS',
      'console.cjs',
      (name: string) => `require('./node_modules/nestjs-gatehouse/${dist}/cjs${name || '/index'}.js')`,
    ],
  ])('serves the console in an application, as %s', async (_, file, load) => {
    const isModule = file.endsWith('.mjs');
    const console = load(isModule ? '/console' : '/console/index');
    await project.write(
      file,
      `${isModule ? "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" : ''}
       require('reflect-metadata');
       const { NestFactory } = require('@nestjs/core');
       const { ExpressAdapter } = require('@nestjs/platform-express');
       const { AuthModule, ApiKeysModule, DatabaseModule } = ${load('')};
       const { gatehouseEntities } = ${load('/database')};
       const { GatehouseConsoleModule } = ${console};
       const database = DatabaseModule.forRoot({ url: 'sqlite:console.db', entities: gatehouseEntities });
       const imports = [database, AuthModule.forRoot({}), ApiKeysModule, GatehouseConsoleModule.forRoot({ path: '/ops' })];
       NestFactory.create({ module: class Host {}, imports }, new ExpressAdapter(), { logger: false })
         .then(async (app) => {
           await app.listen(0);
           const url = await app.getUrl();
           const page = await fetch(url + '/ops/keys');
           const [script] = /assets\\/index[^"]+/.exec(await page.text());
           const answers = [page, await fetch(url + '/ops/' + script), await fetch(url + '/api/v1/auth/me')];
           console.log(...answers.map(({ status, headers }) => [status, headers.get('content-encoding')].join(' ')));
           await app.close();
         });`,
    );
    expect(await project.run('--no-warnings', file)).toBe('200 gzip 200 gzip 401 \n');
  });

  it('does not start without the files of the console', async () => {
    const site = join(project.folder, 'node_modules/nestjs-gatehouse', dist, 'console/site');
    await rename(site, `${site}-away`);
    await project.write(
      'no-site.mjs',
      `import { NestFactory } from '@nestjs/core';
       import { ExpressAdapter } from '@nestjs/platform-express';
       import { AuthModule, DatabaseModule } from 'nestjs-gatehouse';
       import { GatehouseConsoleModule } from 'nestjs-gatehouse/console';
       import { gatehouseEntities } from 'nestjs-gatehouse/database';
       const database = DatabaseModule.forRoot({ url: 'sqlite:no-site.db', entities: gatehouseEntities });
       const imports = [database, AuthModule.forRoot({}), GatehouseConsoleModule];
       const app = await NestFactory.create({ module: class {}, imports }, new ExpressAdapter(), { logger: false });
       await app.init().catch((error) => process.stdout.write(error.message));
       await app.close();`,
    );
    expect(await project.run('no-site.mjs')).toMatch(/The files of the console are missing/);
    await rename(`${site}-away`, site);
  });

  it('names no source map that it lacks', async () => {
    for (const file of project.files)
      expect(await project.read(file)).not.toMatch(/^\/\/# sourceMappingURL/m);
  });

  it('reads nothing from the environment but NODE_ENV', async () => {
    const readers: string[] = [];
    for (const file of project.files.filter((name) => /^(?!.*\/cli\/).*\.js$/.test(name)))
      if (/\bprocess\b\W*env\b(?!\.NODE_ENV\b)|node:process|import\.meta\.env/.test(await project.read(file)))
        readers.push(file);
    expect(readers).toEqual([]);
  });

  it('imports what it asks for and nothing else, and asks for nothing it does not import', async () => {
    const { packages } = await reachFrom(`${dist}/index.js`);
    const client = await reachFrom(`${dist}/client/index.js`);
    const { peerDependenciesMeta } = project.manifest;
    // Those are loaded where an application uses them; this project has none of them.
    const all = [...packages, ...client.packages];
    const needed = all.filter((name) => peerDependenciesMeta[name]?.optional !== true).sort();
    expect(needed).toEqual([
      '@nestjs/common',
      '@nestjs/core',
      'async-mutex',
      'ipaddr.js',
      'lru-cache',
      'openapi-fetch',
      'rxjs',
      'typeorm',
      'uuid',
      'zod',
    ]);
    // Nest imports that one, and wants it from the application.
    expect(requiredOf(project.manifest)).toEqual([...needed, 'reflect-metadata'].sort());
  });

  it('loads nothing for tests but from the testing kit', async () => {
    const { files } = await reachFrom(`${dist}/index.js`);
    expect([...files].filter((file) => file.startsWith(`${dist}/testing/`))).toEqual([]);
    const kit = await reachFrom(`${dist}/testing/index.js`);
    const { packages } = await reachFrom(`${dist}/index.js`);
    expect([...kit.packages].filter((name) => !packages.has(name))).toEqual([]);
  });

  // Of a start on a slow disk, each file counts. A package that is not here is imported where it is used first.
  it('is loaded from few files, with no package that an application may not need', async () => {
    await project.write('list-loaded.js', await readFile(join(root, 'test/package/list-loaded.js'), 'utf8'));
    const { files, packages, renamed } = JSON.parse(await project.run('list-loaded.js'));
    expect(packages).toEqual(['async-mutex', 'ipaddr.js', 'lru-cache', 'uuid', 'zod']);
    expect(files).toBeLessThanOrEqual(13);
    expect(renamed).toEqual([]);
  });

  it('is type-checked and used by an application that knows its public names', async () => {
    await project.write('host.ts', await readFile(join(root, 'test/package/host.ts'), 'utf8'));
    await project.compile();
    expect(JSON.parse(await project.run('host.js'))).toEqual({
      statuses: [401, 401, 200, 200, 403],
      codes: ['MISSING_TOKEN', 'INVALID_TOKEN'],
      sources: ['jwt', 'api_key'],
      isOneOwner: true,
      migrated: true,
      inner: 'ERR_PACKAGE_PATH_NOT_EXPORTED',
    });
  });

  it('has a client that runs in a browser, and brings nothing of the rest along', async () => {
    const { files, packages } = await reachFrom(`${dist}/client/index.js`);
    expect([...files].filter((file) => !file.startsWith(`${dist}/client/`))).toEqual([]);
    expect([...packages]).toEqual(['openapi-fetch']);
    await project.write('browser/page.ts', await readFile(join(root, 'test/package/page.ts'), 'utf8'));
    const asBrowser = { target: 'ES2022', lib: ['ES2022', 'DOM'], types: [], skipDefaultLibCheck: true };
    const compilerOptions = { ...asBrowser, strict: true, module: 'ESNext', moduleResolution: 'bundler' };
    await project.write('browser/tsconfig.json', JSON.stringify({ compilerOptions }));
    await project.run(join(root, 'node_modules/typescript/bin/tsc'), '-p', 'browser');
    // What Node's own Response needs cannot be taken away: Buffer at all, and these two before its first use.
    for (const file of files) expect(await project.read(file)).not.toMatch(/\bBuffer\b/);
    const show = `const { stdout } = process; Response.json({}); delete globalThis.process; delete globalThis.global;
      const { asked } = await import('./browser/page.js'); stdout.write(JSON.stringify(asked));`;
    expect(JSON.parse(await project.run('--input-type=module', '--eval', show))).toEqual([
      'GET https://notes.example.com/api/v1/auth/me Bearer a.b.c',
      'FORBIDDEN',
    ]);
  });

  it('has a command line that finds the data source of the application', async () => {
    await project.write(
      'app/gatehouse.config.mjs',
      `import { DataSource } from 'typeorm';
       import { gatehouseTables } from 'nestjs-gatehouse/database';
       const { entities } = gatehouseTables({ prefix: 'gh_' });
       const dataSource = new DataSource({ type: 'better-sqlite3', database: 'app.sqlite', entities });
       export default { database: { dataSource }, devIssuer: true };`,
    );
    const { bin } = project.manifest;
    const command = join(project.folder, 'node_modules/nestjs-gatehouse', bin['nestjs-gatehouse'] ?? '');
    const run = (...args: string[]) => project.runIn('app', command, ...args);
    expect(await run('--help')).toMatch(/^Usage: npx nestjs-gatehouse <command>\n/);
    await expect(run('bogus')).rejects.toMatchObject({ cause: { code: 2 } });
    expect(await run('migrate')).toMatch(/^Migrated /);
    const { key } = JSON.parse(await run('keys', 'first-admin', '--json')) as { key: string };
    expect(key).toMatch(/^mk_live_/);
    await expect(run('keys', 'first-admin')).rejects.toThrow('There is an admin key already');
    expect(await run('token', '--email', 'ada@example.com')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('says what is missing where a driver is', async () => {
    await project.write(
      'no-pg.js',
      `import { DatabaseModule } from 'nestjs-gatehouse';
       import { gatehouseEntities } from 'nestjs-gatehouse/database';
       import { NestFactory } from '@nestjs/core';
       import { ExpressAdapter } from '@nestjs/platform-express';
       const root = DatabaseModule.forRoot({ url: 'postgres://127.0.0.1/nothing', entities: gatehouseEntities });
       NestFactory.create({ module: class {}, imports: [root] }, new ExpressAdapter(), { logger: false, abortOnError: false })
         .catch((error) => process.stdout.write(error.message));`,
    );
    expect(await project.run('no-pg.js')).toBe('A postgres:// database needs the package pg: npm install pg');
  });
});

describe('the public names', () => {
  it('include every type that a public signature names, and no function with four parameters', () => {
    const installed = join(project.folder, 'node_modules/nestjs-gatehouse');
    const entries = Object.values(project.manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [] : [join(installed, (entry as { types: string }).types)],
    );
    expect(publicSignaturesOf(join(installed, dist, 'types'), entries)).toEqual({ unexported: [], long: [] });
  });

  it('are those of docs/public-api.md; after a change that is meant: npm run public-api, and have it reviewed', async () => {
    const script = join(root, 'scripts/public-api.js');
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--print']);
    expect((await readFile(join(root, 'docs/public-api.md'), 'utf8')).split('\n')).toEqual(
      stdout.split('\n'),
    );
  });
});
