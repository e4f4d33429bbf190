import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { root, type Snippet } from './page.js';

const leftOut = ['.git', 'bench', 'coverage', 'data', 'dist', 'docs', 'node_modules', 'tools'];
/** The tests that are copied, because pages run them. */
const tests = ['database-schema.e2e-spec.ts', 'layers.spec.ts'];
const migrations = 'src/database/migrations/sqlite';

/** A copy of this repository in which a page's instructions for contributors are followed. */
export class RepositoryCopy {
  private constructor(readonly folder: string) {}

  static async make(): Promise<RepositoryCopy> {
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-repository-'));
    const filter = (path: string) =>
      !leftOut.includes(relative(root, path)) &&
      (!path.endsWith('spec.ts') || tests.includes(basename(path)));
    await cp(root, folder, { recursive: true, filter });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const { scripts, ...rest } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    // The build is not tested here, and each worker would load the whole application for a test file or two.
    const test = scripts.test.replace(/--maxWorkers=\d+/, '--maxWorkers=1');
    const own = { ...rest, scripts: { ...scripts, pretest: 'true', test } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(own));
    return new RepositoryCopy(folder);
  }

  /** Follows a snippet; rejects if that fails. */
  async follow({ language, code, file = '' }: Snippet): Promise<void> {
    if (language === 'sh') return this.run(code);
    const path = join(this.folder, file);
    if (language === 'diff') return writeFile(path, applied(await readFile(path, 'utf8'), code));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  private async run(code: string): Promise<void> {
    const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: this.folder };
    const child = spawn('bash', ['-euo', 'pipefail', '-c', code], {
      cwd: this.folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [status] = await once(child, 'close');
    if (status !== 0) throw new Error(`bash ended with ${status}: ${code}\n${said}`);
    await this.nameMigration();
  }

  /** Pages cannot know the time of a generated migration, so it gets the year 2030. */
  private async nameMigration(): Promise<void> {
    const known = await readdir(join(root, migrations));
    for (const file of await readdir(join(this.folder, migrations))) {
      if (known.includes(file)) continue;
      const [stamp = ''] = file.split('-');
      const text = await readFile(join(this.folder, migrations, file), 'utf8');
      const named = join(this.folder, migrations, file.replace(stamp, '1900000000000'));
      await rename(join(this.folder, migrations, file), named);
      await writeFile(named, text.replaceAll(stamp, '1900000000000'));
    }
  }
}

/** Applies a diff without line numbers; `@@` separates hunks. */
function applied(text: string, difference: string): string {
  const lines = difference.replace(/^\/\/.*\n/, '').replace(/\n$/, '');
  return lines.split(/^@@\n/m).reduce((before, hunk) => {
    const part = (other: string) =>
      hunk
        .replace(/\n$/, '')
        .split('\n')
        .filter((line) => !line.startsWith(other))
        .map((line) => line.slice(1))
        .join('\n');
    const [old, changed] = [part('+'), part('-')];
    const count = `\n${before}`.split(`\n${old}\n`).length - 1;
    if (count !== 1) throw new Error(`These lines are there ${count} times, and not once:\n${old}`);
    return `\n${before}`.replace(`\n${old}\n`, () => `\n${changed}\n`).slice(1);
  }, text);
}
