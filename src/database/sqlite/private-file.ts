import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from '../database-errors.js';
import { untrustedReason } from '../../support/private-file.js';

/** How every SQLite database begins (https://sqlite.org/fileformat.html, section 1.3). */
const header = Buffer.from('SQLite format 3\0', 'latin1');

/**
 * Makes sure that a SQLite file exists and that only this user can read it (mode 0600), and its `-wal` and `-shm` files.
 * SQLite gives files that it creates later the mode of the first. Missing folders are created with mode 0700. Rejects and
 * changes nothing if the file is neither a database nor empty, or if another user may have put it there. A symbolic link
 * to a valid file is followed, and the mode of its target is not changed.
 */
export async function makePrivateFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const isLink = (await lstatIfThere(file))?.isSymbolicLink() === true;
  const real = isLink ? await realpath(file) : file;
  const handle = await openOrCreate(real);
  try {
    await refuseOthers(handle, real);
    for (const suffix of ['-wal', '-shm']) await refusePlanted(real + suffix);
    if (!isLink) await handle.chmod(0o600);
  } finally {
    await handle.close();
  }
  if (!isLink) for (const suffix of ['-wal', '-shm']) await chmodIfPresent(real + suffix);
}

async function openOrCreate(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx+', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  // Creates and truncates nothing, and does not block on a pipe.
  return open(file, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

async function refuseOthers(handle: FileHandle, file: string): Promise<void> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw new Error('this is not a file');
  const fault = untrustedReason(stats, await stat(dirname(file)));
  if (fault !== undefined) throw new Error(fault);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(header.length), 0, header.length, 0);
  if (bytesRead > 0 && !buffer.subarray(0, bytesRead).equals(header))
    throw new Error('the file is not a SQLite database');
}

/** SQLite applies what it finds in these files to the database. */
async function refusePlanted(file: string): Promise<void> {
  const stats = await lstatIfThere(file);
  if (stats === undefined) return;
  const fault = stats.isFile() ? untrustedReason(stats, await stat(dirname(file))) : 'this is not a file';
  if (fault !== undefined) throw new Error(`${file}: ${fault}`);
}

async function chmodIfPresent(file: string): Promise<void> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(
    (error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    },
  );
  try {
    await handle?.chmod(0o600);
  } finally {
    await handle?.close();
  }
}

async function lstatIfThere(file: string): Promise<Stats | undefined> {
  return lstat(file).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}
