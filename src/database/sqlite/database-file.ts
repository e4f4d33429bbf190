import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makePrivate, untrustedReason } from '../../support/file-trust.js';
import { codeOf, giveTo, inFolderOf, makeFolder, openExisting } from '../../support/private-file.js';

/** What every SQLite file begins with that is not empty (https://sqlite.org/fileformat.html, section 1.3). */
const header = Buffer.from('SQLite format 3\0', 'latin1');

/** SQLite applies what it finds in these files to the database, and creates them with the mode of the database. */
const suffixes = ['-wal', '-shm'];

/**
 * Makes sure that the database file exists and that only this user can read it and those beside it (mode 0600). Missing
 * folders are created with mode 0700. Throws and changes nothing if the file is neither a SQLite database nor empty, or if
 * another user may have put it there. A symbolic link to a valid file is followed, and the mode of its target not changed.
 * `warn` is told of files that stay open to a group.
 */
export function makeDatabaseFile(file: string, warn: (text: string) => void = () => undefined): void {
  makeFolder(dirname(file));
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const real = isLink ? realpathSync(file) : file;
  const beside = suffixes.map((suffix) => real + suffix);
  const descriptor = openOrCreate(real);
  try {
    const fault = faultOf(fstatSync(descriptor), real);
    if (fault !== undefined) throw new Error(fault);
    const start = Buffer.alloc(header.length);
    const length = readSync(descriptor, start, 0, header.length, 0);
    if (length > 0 && !start.subarray(0, length).equals(header))
      throw new Error('the file is not a SQLite database');
    for (const other of beside) requireTrusted(other);
    if (isLink) return;
    const left = makePrivate(descriptor, statSync(dirname(real)));
    if (left !== undefined) warn(`${file} ${left}`);
  } finally {
    closeSync(descriptor);
  }
  for (const other of beside) makePrivateIfPresent(other);
}

function openOrCreate(file: string): number {
  try {
    return inFolderOf(file, (path, owner) => {
      const descriptor = openSync(path, 'wx+', 0o600);
      if (owner !== undefined) giveTo(descriptor, owner);
      return descriptor;
    });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return openExisting(file, constants.O_RDWR);
}

function requireTrusted(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  const fault = stats && faultOf(stats, file);
  if (fault !== undefined) throw new Error(`${file}: ${fault}`);
}

function faultOf(stats: Stats, file: string): string | undefined {
  return stats.isFile() ? untrustedReason(stats, statSync(dirname(file))) : 'this is not a file';
}

function makePrivateIfPresent(file: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openExisting(file, constants.O_RDONLY);
    makePrivate(descriptor, statSync(dirname(file)));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
