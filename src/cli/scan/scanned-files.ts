import { closeSync, constants, type Dirent, fstatSync, openSync, opendirSync, readSync } from 'node:fs';

/** What was read, and what was not. */
export class ScanTally {
  files = 0;
  bytes = 0;
  /** Not followed. */
  symbolicLinks = 0;
  /** Sockets, pipes and devices in a folder. */
  specialFiles = 0;
  /** `.git/objects`: they are compressed. */
  gitObjectFolders = 0;
  unreadable = 0;
  /** The first of them, each with the reason. */
  readonly reasons: string[] = [];

  noteUnreadable(path: Buffer, error: unknown): void {
    this.unreadable += 1;
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    if (this.reasons.length < mostReasons) this.reasons.push(`${path.toString()}: ${code}`);
  }
}

const mostReasons = 20;

/** A file, and its content in chunks, each of which is valid until the next. */
export interface ScannedFile {
  readonly path: Buffer;
  readonly chunks: Iterable<Buffer>;
}

/** Paths are bytes: a name need not be UTF-8. */
const slash = Buffer.from('/');
const chunkBytes = 256 * 1024;
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/**
 * The files in a folder and those below it. Follows no symbolic link and opens nothing but files. Holds one chunk of one
 * file, and the paths of the folders that are still to be read.
 */
export function* filesIn(folder: string, tally: ScanTally): Generator<ScannedFile> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const folders = [Buffer.from(folder)];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const path = next;
    for (const entry of entriesOf(path, tally)) {
      const below = Buffer.concat(path.at(-1) === slash[0] ? [path, entry.name] : [path, slash, entry.name]);
      if (entry.isSymbolicLink()) tally.symbolicLinks += 1;
      else if (entry.isDirectory() && isGitObjects(below)) tally.gitObjectFolders += 1;
      else if (entry.isDirectory()) folders.push(below);
      else if (entry.isFile()) yield { path: below, chunks: chunksOf(below, buffer, tally) };
      else tally.specialFiles += 1;
    }
  }
}

function* entriesOf(path: Buffer, tally: ScanTally): Generator<Dirent<Buffer>> {
  try {
    // The types of Node know names as text only.
    const folder = opendirSync(path, { encoding: 'buffer' as BufferEncoding });
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync())
        yield entry as unknown as Dirent<Buffer>;
    } finally {
      folder.closeSync();
    }
  } catch (error) {
    tally.noteUnreadable(path, error);
  }
}

function isGitObjects(path: Buffer): boolean {
  return path.toString('latin1').endsWith('/.git/objects');
}

/** What the file has when it is opened: it may grow faster than it is read. */
function* chunksOf(path: Buffer, buffer: Buffer, tally: ScanTally): Generator<Buffer> {
  let file: number | undefined;
  try {
    // It may have become a link or a pipe meanwhile.
    file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile()) {
      tally.specialFiles += 1;
      return;
    }
    // Files of the kernel have no size.
    let left = stat.size === 0 ? mostWithoutSize : stat.size;
    while (left > 0) {
      const length = readSync(file, buffer, 0, Math.min(buffer.length, left), null);
      if (length === 0) break;
      left -= length;
      tally.bytes += length;
      yield buffer.subarray(0, length);
    }
    tally.files += 1;
    if (stat.size === 0 && left === 0) throw Object.assign(new Error(), { code: 'ENDLESS' });
  } catch (error) {
    tally.noteUnreadable(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

const mostWithoutSize = 16 * 1024 * 1024;
