import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execute } from './execute.js';

const root = join(import.meta.dirname, '../..');
/** npm says this to everybody without an account. */
const loggedIn = /requires you to be logged in/;

/**
 * Packs the build into the folder, after a rehearsal of its publication, which must give no warning. Resolves with the path
 * of the file. Needs no network.
 */
export async function pack(folder) {
  const rehearsal = await execute('npm', ['publish', '--dry-run', '--ignore-scripts', '--offline'], {
    cwd: root,
  });
  const warnings = rehearsal
    .split('\n')
    .filter((line) => /npm (warn|error)/i.test(line) && !loggedIn.test(line));
  if (warnings.length > 0) throw new Error(`npm publish warns: ${warnings.join('\n')}`);
  const { name, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await execute('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', folder], {
    cwd: root,
  });
  return join(folder, `${name}-${version}.tgz`);
}
