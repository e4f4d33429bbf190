import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv, promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { environmentSchema } from '../../src/server/configuration/environment.schema.js';
import { readConfiguration } from '../../src/server/configuration/read-configuration.js';

const root = join(import.meta.dirname, '../..');
const read = (file: string) => readFile(join(root, file), 'utf8');
const variables = Object.keys(environmentSchema.shape);

describe('docs/options.md', () => {
  it('is what the code says; after a change: npm run options -- --write', async () => {
    const parameters = ['--import', 'tsx', join(root, 'scripts/options.js')];
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: root });
    expect((await read('docs/options.md')).split('\n')).toEqual(stdout.split('\n'));
  });

  it('has all options that the package exports', async () => {
    const page = await read('docs/options.md');
    const names = [...(await read('docs/public-api.md')).matchAll(/^ +`(\w+(?:Options|Extras))`/gm)];
    expect(names.length).toBeGreaterThan(5);
    // The first is part of others; the rest is for one call of `Database`.
    const elsewhere = ['CommonDatabaseOptions', 'QueueOptions', 'ReadOptions', 'WriteOptions'];
    const missing = names.map(([, name = '']) => name).filter((name) => !page.match(`\\b${name}\\b`));
    expect(missing).toEqual(elsewhere);
  });

  it('says of every variable what it is for', () => {
    const silent = Object.entries(environmentSchema.shape).filter(
      ([, schema]) => !schema.meta()?.description,
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });
});

describe('.env.example', () => {
  it('has every variable once, and no other', async () => {
    const named = [...(await read('.env.example')).matchAll(/^#?([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual([...variables].sort());
  });

  it('sets nothing but the defaults', async () => {
    const set = parseEnv(await read('.env.example'));
    expect(Object.keys(set)).toContain('PORT');
    expect(readConfiguration(set)).toEqual(readConfiguration({}));
  });

  it('has examples that are no mistakes', async () => {
    const all = parseEnv((await read('.env.example')).replaceAll(/^#(?=[A-Z_]+=)/gm, ''));
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    expect(environmentSchema.safeParse(given).error?.issues ?? []).toEqual([]);
  });
});
