import { execFileSync, spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratch-folder.js';

const root = join(import.meta.dirname, '..', '..', '..');
/** The first migration since version 0.2.0. */
const firstSince = 'src/database/migrations/postgres/1796100000000-Creators.ts';
const built = ['src', 'scripts', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];

/** The commit of version 0.2.0; `undefined` where the history is not there. */
export function previousVersion() {
  const { stdout } = spawnSync('git', ['log', '--diff-filter=A', '--format=%H^', '--', firstSince], {
    cwd: root,
    encoding: 'utf8',
  });
  const commit = stdout?.trim();
  const isThere = commit && spawnSync('git', ['cat-file', '-e', commit], { cwd: root }).status === 0;
  return isThere ? commit : undefined;
}

/** Builds the service as it was at a commit, with the packages of today; its `dist`. */
export function buildVersion(commit) {
  const folder = scratchFolder();
  const source = execFileSync('git', ['archive', commit, ...built], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  execFileSync('tar', ['-x', '-C', folder], { input: source });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const script of ['node_modules/@nestjs/cli/bin/nest.js build', 'scripts/bundle.js'])
    execFileSync(process.execPath, script.split(' '), { cwd: folder, stdio: 'pipe' });
  return join(folder, 'dist');
}
