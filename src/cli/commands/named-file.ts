import { type Stats, statSync } from 'node:fs';
import { escapeControls } from '../../server/logs/escape-controls.js';
import { redact } from '../../support/redact.js';
import { UsageError } from './command.js';

/** A descriptor that the shell has opened, as for `<(git diff)`. */
const openDescriptor = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/**
 * What a path on the command line names; it may be a link. Throws a `UsageError` for one that cannot be read, and for a pipe
 * that may never be written to, a socket and a device.
 */
export function kindOf(path: string): 'file' | 'folder' {
  const stat = statOf(path);
  if (stat.isDirectory()) return 'folder';
  if (stat.isFile() || (stat.isFIFO() && openDescriptor.test(path))) return 'file';
  throw new UsageError(
    `${shown(path)} is neither a file nor a folder: pass it to standard input, and name -`,
  );
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

export function unreadable(path: string, error: unknown): UsageError {
  const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
  return new UsageError(`${shown(path)} cannot be read: ${code}`);
}

function shown(path: string): string {
  return escapeControls(redact(path));
}
