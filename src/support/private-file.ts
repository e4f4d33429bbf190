import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, sep } from 'node:path';
import { v7 } from 'uuid';
import { ConfigurationError } from './errors.js';

/**
 * Reads a file that only its owner may read, and gives it mode 0600; `undefined` where there is none. Throws a
 * `ConfigurationError`, and touches nothing, where another user may have put it there. A symbolic link may lead to a file
 * within its folder, as those of a mounted Kubernetes secret do; the mode of that file is left as it is.
 */
export function readPrivateFile(file: string): string | undefined {
  const real = targetOf(file);
  if (real === undefined) return undefined;
  const descriptor = openExisting(real, constants.O_RDONLY);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw rejected(file, `is ${stats.isDirectory() ? 'a folder' : 'no file'}`);
    const fault = untrustedReason(stats, statSync(dirname(real)));
    if (fault !== undefined) throw rejected(file, `is not used: ${fault}`);
    const isOurs = stats.uid === (process.getuid?.() ?? stats.uid);
    if (real === file && isOurs && (stats.mode & 0o077) !== 0) fchmodSync(descriptor, 0o600);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Where the file is; `undefined` where there is none. */
function targetOf(file: string): string | undefined {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isSymbolicLink()) return file;
  let real: string;
  try {
    real = realpathSync(file);
  } catch {
    throw rejected(file, 'is a symbolic link that leads nowhere');
  }
  if (real.startsWith(realpathSync(dirname(file)) + sep)) return real;
  throw rejected(file, 'is a symbolic link out of its folder: put the file itself there');
}

function rejected(file: string, why: string): ConfigurationError {
  return new ConfigurationError([`DATA_DIR: ${file} ${why}`]);
}

/**
 * Writes a file that only its owner may read, whole or not at all. `keep` leaves a file that is there already as it is;
 * `replace` overwrites it. The temporary file has an unguessable name, so that no other user can place a link there.
 */
export function writePrivateFile(file: string, text: string, whenThere: 'keep' | 'replace'): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${v7()}`;
  try {
    writeDraft(draft, text);
    if (whenThere === 'replace') renameSync(draft, file);
    if (whenThere === 'keep') linkIfFree(draft, file);
    syncFolder(dirname(file));
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDraft(draft: string, text: string): void {
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The new name, too, is to be there after a power cut. Some systems open no folders, and need not. */
function syncFolder(folder: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(folder, 'r');
    fsyncSync(descriptor);
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function linkIfFree(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

interface FileFormat {
  /** Named in the error, as in "a SQLite database". */
  readonly name: string;
  /** What every file begins with that is not empty. */
  readonly header: Buffer;
  /** Endings of the files beside it whose content is trusted as its own is. */
  readonly suffixes: readonly string[];
}

/**
 * Makes sure that a file of this format exists and that only this user can read it and those beside it (mode 0600). Missing
 * folders are created with mode 0700. Throws and changes nothing if the file is neither of the format nor empty, or if
 * another user may have put it there. A symbolic link to a valid file is followed, and the mode of its target not changed.
 */
export function makePrivateFile(file: string, { name, header, suffixes }: FileFormat): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  const real = isLink ? realpathSync(file) : file;
  const beside = suffixes.map((suffix) => real + suffix);
  const descriptor = openOrCreate(real);
  try {
    const fault = faultOf(fstatSync(descriptor), real);
    if (fault !== undefined) throw new Error(fault);
    const start = Buffer.alloc(header.length);
    const length = readSync(descriptor, start, 0, header.length, 0);
    if (length > 0 && !start.subarray(0, length).equals(header)) throw new Error(`the file is not ${name}`);
    for (const other of beside) requireTrusted(other);
    if (!isLink) fchmodSync(descriptor, 0o600);
  } finally {
    closeSync(descriptor);
  }
  if (!isLink) for (const other of beside) chmodIfPresent(other);
}

function openOrCreate(file: string): number {
  try {
    return openSync(file, 'wx+', 0o600);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return openExisting(file, constants.O_RDWR);
}

/** Creates and truncates nothing, follows no link that was put here meanwhile, and does not block on a pipe. */
function openExisting(file: string, access: number): number {
  return openSync(file, access | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

function requireTrusted(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  const fault = stats && faultOf(stats, file);
  if (fault !== undefined) throw new Error(`${file}: ${fault}`);
}

function faultOf(stats: Stats, file: string): string | undefined {
  return stats.isFile() ? untrustedReason(stats, statSync(dirname(file))) : 'this is not a file';
}

function chmodIfPresent(file: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openExisting(file, constants.O_RDONLY);
    fchmodSync(descriptor, 0o600);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

type Rights = Pick<Stats, 'uid' | 'mode'>;

/**
 * Why a private file that exists already is not trusted: another user who created it or can write to it could choose
 * its contents. This user, root, and the owner of a folder that no one else can write to are trusted. `undefined` if the
 * file is trusted, and on systems without file owners.
 */
function untrustedReason(file: Rights, folder: Rights): string | undefined {
  const user = process.getuid?.();
  if (user === undefined) return undefined;
  const trusted = [user, 0, ...((folder.mode & 0o022) === 0 ? [folder.uid] : [])];
  if (!trusted.includes(file.uid))
    return `it belongs to another user (uid ${file.uid}), who may have planted it`;
  const isWritable = (file.mode & 0o022) !== 0 && (folder.mode & 0o011) !== 0;
  return isWritable ? 'other users may write to it, and may have chosen what is in it' : undefined;
}
