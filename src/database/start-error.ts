import type { DatabaseLocation } from './database-location.js';
import { DatabaseStartError } from './database-start-error.js';
import { codeOf, textOf } from './error-code.js';

/** Says in one line what keeps the database at this place from being used. */
export function startErrorOf({ label }: Pick<DatabaseLocation, 'label'>, error: unknown): DatabaseStartError {
  if (error instanceof DatabaseStartError) return error;
  const code = codeOf(error) ?? '';
  const reason = reasons[code] ?? (textOf(error, 'message') || code || 'unknown error');
  return new DatabaseStartError(`Cannot use the database ${label}: ${reason}`, error);
}

const reasons: Readonly<Record<string, string>> = {
  '28000': 'the server refused this user',
  '28P01': 'the server refused this user or password',
  '3D000': 'there is no database of this name on the server',
  '53300': 'the server has too many connections',
  '55P03': 'another process held a lock for too long while migrating',
  EACCES: 'permission denied',
  EAI_AGAIN: 'the name of the host cannot be resolved',
  ECONNREFUSED: 'connection refused; is the server running?',
  EHOSTUNREACH: 'the host cannot be reached',
  EISDIR: 'this is a folder, not a file',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of the path is a file, not a folder',
  ENOTFOUND: 'the name of the host cannot be resolved',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'the server does not answer',
  SQLITE_BUSY: 'another process has the file locked',
  SQLITE_CANTOPEN: 'the file cannot be opened',
  SQLITE_CORRUPT: 'the file is damaged',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is not a SQLite database',
  SQLITE_READONLY: 'the file is read-only',
};
