import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** Test files with one fault each, and what the run says of it. */
const faulty: Record<string, readonly [code: string, message: RegExp]> = {
  expectation: [
    `it('fails', () => {
      const found: { id: number } = { id: 1 };
      expect(found).toEqual({ id: 2 });
    });`,
    /-\s+"id": 2,[^]+\+\s+"id": 1,[^]+> 4 \|\s+expect\(found\)/,
  ],
  'before-all': [
    `beforeAll(() => { throw new Error('not prepared'); });
    it('fails', () => undefined);`,
    /not prepared/,
  ],
  'after-all': [
    `afterAll(() => { throw new Error('not cleaned up'); });
    it('passes', () => undefined);`,
    /not cleaned up/,
  ],
  'unhandled-rejection': [
    `it('fails', async () => {
      void Promise.reject(new Error('not awaited'));
      await new Promise((resolve) => setTimeout(resolve, 20));
    });`,
    /not awaited/,
  ],
  'uncaught-error': [
    `it('fails', async () => {
      setTimeout(() => { throw new Error('not caught'); });
      await new Promise((resolve) => setTimeout(resolve, 20));
    });`,
    /not caught/,
  ],
  exit: [
    `it('passes', () => { try { process.exit(0); } catch { /* as an application may */ } });`,
    /process\.exit\(0\) was called/,
  ],
  crash: [`it('fails', () => process.kill(process.pid, 'SIGKILL'));`, /worker process .* was terminated/],
  hang: [`it('fails', () => new Promise(() => undefined), 50);`, /Exceeded timeout of 50 ms/],
  syntax: [`it('fails', () => { const = 1; });`, /Unexpected token/],
  'missing-module': [`import './not-there.js';`, /Cannot find module/],
  empty: ['', /must contain at least one test/],
};
const faults = Object.keys(faulty);

/** What a file changes of its process, the next one does not find. */
const changesItsProcess = `it('finds its process as it was, and changes it', async () => {
  expect(process.env.LEFT).toBeUndefined();
  expect(process.listenerCount('SIGUSR2')).toBe(0);
  expect(String(fetch)).not.toContain('another file');
  expect(JSON.parse('2')).toBe(2);
  expect(kind).toBe('own');
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.env.LEFT = 'behind';
  process.on('SIGUSR2', () => undefined);
  globalThis.fetch = () => { throw new Error('of another file'); };
  jest.spyOn(JSON, 'parse').mockReturnValue(1);
  jest.useFakeTimers();
  jest.setTimeout(1);
});`;

const sound = {
  one: changesItsProcess,
  other: changesItsProcess,
  each: `it.each([1, 2])('is given %s', (n) => expect(n).toBeLessThan(3));
  it.skip('is skipped', () => { throw new Error(); });`,
  only: `it.only('runs alone', () => undefined);
  it('does not run', () => { throw new Error(); });`,
};

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-runner-'));
  const config = `import config from ${JSON.stringify(join(root, 'jest.config.js'))};
  const rootDir = import.meta.dirname;
  export default { ...config.projects[0], rootDir, testMatch: ['<rootDir>/*.ts'], globals: { kind: 'own' } };`;
  await writeFile(join(folder, 'jest.config.mjs'), config);
  const imports = `import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';`;
  const codes = faults.map((name) => [name, faulty[name]?.[0]]);
  for (const [name, code] of [...codes, ...Object.entries(sound)]) {
    await writeFile(join(folder, `${name}.ts`), `${imports}\n${code}`);
  }
});
afterAll(() => rm(folder, { recursive: true }));

interface Result {
  readonly name: string;
  readonly status: string;
  readonly message: string;
}

/** Runs these files as `npm test` does, with the flags. */
async function run(names: readonly string[], ...flags: readonly string[]) {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const outputFile = join(folder, 'results.json');
  const config = join(folder, 'jest.config.mjs');
  const paths = names.map((name) => join(folder, `${name}.ts`));
  const args = ['--no-warnings', jest, '--config', config, '--json', '--outputFile', outputFile, ...flags];
  const child = spawn(process.execPath, [...args, '--runTestsByPath', ...paths], {
    cwd: folder,
    stdio: 'ignore',
    // With CI set, Jest writes colours into its messages.
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  const [code] = await once(child, 'close');
  const { testResults, ...counts } = JSON.parse(await readFile(outputFile, 'utf8'));
  const results = new Map((testResults as Result[]).map((result) => [basename(result.name, '.ts'), result]));
  return { code, results, ...counts };
}

it('fails for each fault, and says which', async () => {
  const { code, results } = await run(faults, '--maxWorkers=2');
  expect(code).toBe(1);
  for (const name of faults) {
    expect({ name, ...results.get(name) }).toMatchObject({ status: 'failed' });
    expect(results.get(name)?.message).toMatch(faulty[name]?.[1] ?? '');
  }
});

it('passes what has no fault, and keeps what a file changes from the next', async () => {
  const { code, ...counts } = await run(Object.keys(sound), '--runInBand');
  expect(counts).toMatchObject({ numFailedTests: 0, numPassedTests: 5, numPendingTests: 2 });
  expect(code).toBe(0);
});

it('fails for an exit in the process of Jest itself', async () => {
  expect(await run(['exit'], '--runInBand')).toMatchObject({ code: 1, numFailedTestSuites: 1 });
});

it('runs tests by name', async () => {
  const { code, numPassedTests } = await run(['each'], '--testNamePattern', 'given 2');
  expect({ code, numPassedTests }).toEqual({ code: 0, numPassedTests: 1 });
});
