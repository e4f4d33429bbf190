import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashOfKey } from '../dist/key-store/key-mint.js';

const count = 100_000;

/**
 * Keys a second that `npm run keys -- import` brings into an empty database of this kind, of 100,000 hashes, without the
 * time of an import of a single key.
 */
export async function measureImport(kind, folder) {
  const keys = Array.from({ length: count }, (_, n) => `import ${n}`);
  const database = await kind.create('import');
  try {
    const start = await importKeys(database.url, folder, ['the first']);
    const seconds = await importKeys(database.url, folder, keys);
    return count / (seconds - start);
  } finally {
    await database.drop();
  }
}

/** Seconds from the start of the command to its end. Rejects unless it imported all of these keys. */
async function importKeys(url, folder, keys) {
  const [file, report] = [join(folder, 'hashes.txt'), join(folder, 'report.txt')];
  await writeFile(file, keys.map((key) => `${hashOfKey(key)}\n`).join(''));
  const output = await open(report, 'w');
  const start = performance.now();
  const command = ['dist/cli/keys.js', 'import', '--format', 'hashes', file];
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env.PATH, DATA_DIR: folder, DATABASE_URL: url },
    stdio: ['ignore', output.fd, 'inherit'],
  });
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - start) / 1000;
  await output.close();
  const told = await readFile(report, 'utf8');
  if (code !== 0 || !told.includes(`Imported ${keys.length} keys`))
    throw new Error(`The import ended with ${code}: ${told.slice(-300)}`);
  return seconds;
}
