import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { v7 } from 'uuid';
import { ConfigurationError } from './errors.js';
import { isForGroup, makePrivate, untrustedReason } from './file-trust.js';

/**
 * Reads a file that only its owner may read, and gives it mode 0600; `undefined` where there is none. Throws a
 * `ConfigurationError`, and touches nothing, where another user may have put it there. A symbolic link may lead to a file
 * within its folder, as those of a mounted Kubernetes secret do; the mode of that file is left as it is. `warn` is told of a file
 * that stays open to a group.
 */
export function readPrivateFile(
  file: string,
  warn: (text: string) => void = () => undefined,
): string | undefined {
  const real = targetOf(file);
  if (real === undefined) return undefined;
  const descriptor = openExisting(real, constants.O_RDONLY);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw rejected(file, `is ${stats.isDirectory() ? 'a folder' : 'no file'}`);
    const folder = statSync(dirname(real));
    const fault = untrustedReason(stats, folder);
    if (fault !== undefined) throw rejected(file, `is not used: ${fault}`);
    const left = real === file ? makePrivate(descriptor, folder) : undefined;
    if (left !== undefined) warn(`${file} ${left}`);
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
  makeFolder(dirname(file));
  inFolderOf(file, (path, owner) => {
    const draft = `${path}.${v7()}`;
    try {
      writeDraft(draft, text, owner);
      if (whenThere === 'replace') renameSync(draft, path);
      if (whenThere === 'keep') linkIfFree(draft, path);
      syncFolder(dirname(path));
    } finally {
      rmSync(draft, { force: true });
    }
  });
}

/** Makes a missing folder, and those above it, with mode 0700 and the owner that a file in its place would have. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  inFolderOf(folder, (path, owner) => {
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      throw error;
    }
    if (owner === undefined) return;
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      giveTo(descriptor, owner, owner.mode | ((owner.mode & 0o444) >> 2));
    } finally {
      closeSync(descriptor);
    }
  });
}

function writeDraft(draft: string, text: string, owner: FileOwner | undefined): void {
  const descriptor = openSync(draft, 'wx', 0o600);
  try {
    if (owner !== undefined) giveTo(descriptor, owner);
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Who should own what root creates, and with which mode: 0660 for a file that a service reads by its group. */
type FileOwner = Pick<Stats, 'uid' | 'gid' | 'mode'>;

export function giveTo(descriptor: number, { uid, gid, mode }: FileOwner, otherMode = mode): void {
  fchownSync(descriptor, uid, gid);
  fchmodSync(descriptor, otherMode);
}

/**
 * Runs `work` with the path by which to create a file, and the user who should own it: a service that runs as the owner of the
 * folder could otherwise not read what root writes. For root the path leads to the folder that was examined, whatever is put
 * in its place meanwhile. `undefined`: the file keeps the owner it is created with.
 */
export function inFolderOf<T>(file: string, work: (path: string, owner: FileOwner | undefined) => T): T {
  if (process.geteuid?.() !== 0) return work(file, undefined);
  const descriptor = openSync(dirname(file), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const folder = `/proc/self/fd/${descriptor}`;
    // Only Linux has it. Elsewhere what root writes stays root's.
    if (!existsSync(folder)) return work(file, undefined);
    const path = join(folder, basename(file));
    return work(path, ownerIn(fstatSync(descriptor), path));
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The owner of the trusted file that is replaced, or of a folder that no one else can write to. A file of root that a group can
 * write to stays so, and one in such a folder becomes so.
 */
function ownerIn(folder: Stats, file: string): FileOwner | undefined {
  const replaced = lstatSync(file, { throwIfNoEntry: false });
  if (replaced?.isFile() === true && untrustedReason(replaced, folder) === undefined) {
    const { uid, gid } = replaced;
    return { uid, gid, mode: isForGroup(replaced, folder) ? 0o660 : 0o600 };
  }
  const { uid, gid, mode } = folder;
  if ((mode & 0o022) === 0) return { uid, gid, mode: 0o600 };
  return isForGroup(folder, folder) ? { uid, gid, mode: 0o660 } : undefined;
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

/** Creates and truncates nothing, follows no link that was put here meanwhile, and does not block on a pipe. */
export function openExisting(file: string, access: number): number {
  return openSync(file, access | constants.O_NONBLOCK | constants.O_NOFOLLOW);
}

/** The code of a system error, such as `ENOENT`; `''` if it has none. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
