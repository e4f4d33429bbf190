import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const stamp = join(root, 'examples/dist/built-for-tests');

/** An example of examples/notes-… that runs in a folder of its own, with what its npm script starts. */
export interface ExampleProcess {
  readonly url: string;
  /** Of the two people that it prints tokens of; empty where it has an identity provider. */
  readonly tokens: { readonly ada: string; readonly bob: string };
  /** Ends it, and resolves with how it ended and what it wrote. */
  stop(): Promise<{ code: number | null; output: string }>;
}

let built: Promise<unknown> | undefined;

/** What `npm run example:<name>` runs in the end; resolves when it is built. */
export async function buildExample(name: string): Promise<string> {
  const { scripts } = (await import('../../package.json', { with: { type: 'json' } })).default;
  const [build, script] =
    (scripts as Record<string, string>)[`example:${name}`]?.split(/ && node (?=examples\/)/) ?? [];
  if (build?.endsWith('npm run -s build:examples') !== true || script === undefined)
    throw new Error(`No command for ${name}`);
  built ??= buildExamples();
  await built;
  return join(root, script);
}

/** Where nothing changed since the last time there is nothing to do, which takes the compiler seconds to find out. */
async function buildExamples(): Promise<void> {
  const begun = new Date();
  const last = await changed(stamp);
  const files = await Promise.all(['examples', 'dist'].map(sourcesIn));
  const times = await Promise.all(files.flat().map(changed));
  if (times.every((time) => time < last)) return;
  await run('npm', ['run', '-s', 'bundle:examples'], { cwd: root });
  await writeFile(stamp, '');
  await utimes(stamp, begun, begun);
}

async function sourcesIn(folder: string): Promise<string[]> {
  const files = await readdir(join(root, folder), { recursive: true });
  const sources = files.filter((file) => /\.ts$|^login\.js$|^tsconfig\.json$/.test(file));
  return sources.map((file) => join(root, folder, file));
}

/** In milliseconds; 0 where there is no such file. */
const changed = async (file: string) => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;

export async function startExample(name: string, env: Record<string, string>): Promise<ExampleProcess> {
  // From a bundle, which starts in a third of the time.
  const script = (await buildExample(name)).replace('/examples/dist/', '/examples/dist/bundle/');
  const cwd = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
  const child = spawn(process.execPath, [script], {
    cwd,
    env: { PATH: process.env.PATH, PORT: '0', ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece));
  const ended = once(child, 'close');
  const told =
    env.JWT_ISSUER === undefined
      ? /are at (http:\S+)\/notes\n[^]*ADA=(\S+)\nBOB=(\S+)\n/
      : /are at (http:\S+)\/notes\n/;
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!told.test(output)) {
    await Promise.race([once(child.stdout, 'data'), ended]);
    if (hasEnded) throw new Error(`The example did not start: ${output}`);
  }
  const [, url = '', ada = '', bob = ''] = told.exec(output) ?? [];
  return {
    url,
    tokens: { ada, bob },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      await rm(cwd, { recursive: true });
      return { code, output };
    },
  };
}
