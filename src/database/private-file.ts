import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.js';

/**
 * Makes sure that a SQLite file exists and that only this user can read it (mode 0600), its `-wal` and `-shm` too.
 * SQLite gives files that it adds later the mode of the first. Missing folders are made with mode 0700.
 */
export async function makePrivateFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.chmod(0o600);
  } finally {
    await handle.close();
  }
  for (const suffix of ['-wal', '-shm']) await chmodIfPresent(file + suffix);
}

async function chmodIfPresent(file: string): Promise<void> {
  await chmod(file, 0o600).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}
