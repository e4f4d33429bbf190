import { chmod, constants, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.js';

/** How every SQLite database begins (https://sqlite.org/fileformat.html, section 1.3). */
const header = Buffer.from('SQLite format 3\0', 'latin1');

/**
 * Makes sure that a SQLite file exists and that only this user can read it (mode 0600), its `-wal` and `-shm` too.
 * SQLite gives files that it adds later the mode of the first. Missing folders are made with mode 0700. Rejects, and
 * leaves everything as it is, when there is something else than a database or an empty file.
 */
export async function makePrivateFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await openOrCreate(file);
  try {
    await refuseOthers(handle);
    await handle.chmod(0o600);
  } finally {
    await handle.close();
  }
  for (const suffix of ['-wal', '-shm']) await chmodIfPresent(file + suffix);
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx+', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Nothing is created or cut off, and a pipe does not wait for its other end.
  return open(file, constants.O_RDWR | constants.O_NONBLOCK);
}

async function refuseOthers(handle: FileHandle): Promise<void> {
  if (!(await handle.stat()).isFile()) throw new Error('this is not a file');
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
  if (bytesRead > 0 && !buffer.subarray(0, bytesRead).equals(header))
    throw new Error('the file is not a SQLite database');
}

async function chmodIfPresent(file: string): Promise<void> {
  await chmod(file, 0o600).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}
