import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the service and the examples for the tests, unless all that they are made of is older than the last build. */
const root = join(import.meta.dirname, '..');
const settings = [
  'nest-cli.json',
  'package-lock.json',
  'tsconfig.build.json',
  'tsconfig.json',
  'scripts/bundle.js',
  'scripts/bundle-package.js',
];

buildIfChanged('build', 'dist/bundle/built-for-tests', [
  'src',
  ...settings,
  ...within('src'),
  ...within('console'),
]);
const examples = within('examples').filter((path) => !path.startsWith(join('examples', 'dist')));
buildIfChanged('bundle:examples', 'examples/dist/built-for-tests', [
  'dist/bundle/built-for-tests',
  ...examples,
]);

/** The stamp of a build is as old as its beginning: what changes meanwhile is built the next time. */
function buildIfChanged(script, stamp, sources) {
  const isBuilt = sources.every((path) => changedAt(path) < changedAt(stamp));
  if (isBuilt) return;
  const begun = new Date();
  const { status } = spawnSync('npm', ['run', '-s', script], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(join(root, stamp), '');
  utimesSync(join(root, stamp), begun, begun);
}

function within(folder) {
  return readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name));
}

/** A folder changes as well when a file in it is made, renamed or removed. */
function changedAt(path) {
  return statSync(join(root, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
