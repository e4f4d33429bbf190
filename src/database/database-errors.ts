import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';

/** There is no connection to the database, or it was lost. Has the `code` of its cause, and always a message. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super(textOf(cause, 'message') || codeOf(cause) || 'unknown error', { cause });
    this.code = codeOf(cause);
  }
}

/** The database answers, but takes no changes. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
  readonly code = '25006';

  constructor() {
    super('The database is read-only');
  }
}

/** The database could not be opened. The message is one line, names the place and holds no password. */
export class DatabaseStartError extends Error {
  override readonly name = 'DatabaseStartError';

  constructor(message: string, cause?: unknown) {
    super(message.replace(/\s*\n\s*/g, ' '), { cause });
  }
}

/** Says in one line why the database at this place cannot be used. */
export function startErrorOf(label: string, error: unknown): DatabaseStartError {
  if (error instanceof DatabaseStartError) return error;
  const code = codeOf(error) ?? '';
  const reason = startFailures[code] ?? (textOf(error, 'message') || code || 'unknown error');
  return new DatabaseStartError(`Cannot use the database ${label}: ${reason}`, error);
}

/**
 * `AuthError('DB_UNAVAILABLE')` if `error` comes from the database or the connection to it, else `error` itself. What the
 * database says about a statement or its values is not a fault of the database, nor is any error thrown elsewhere.
 */
export function asDatabaseFault(error: unknown): unknown {
  return isDatabaseFault(error) ? databaseUnavailable(error) : error;
}

/** The error to answer with while the database cannot work; `cause` is for the log. Returns such an error unchanged. */
export function databaseUnavailable(cause: unknown): AuthError {
  if (cause instanceof AuthError && cause.code === 'DB_UNAVAILABLE') return cause;
  return new AuthError('DB_UNAVAILABLE', { cause });
}

/** The error for work that finds a queue full: `RATE_LIMITED` if `owner` has filled its share, else `DB_UNAVAILABLE`. */
export function queueFull(owner: string | undefined, waiting: number): AuthError {
  const cause = new Error(`${waiting} other calls are waiting`);
  return owner === undefined
    ? databaseUnavailable(cause)
    : new AuthError('RATE_LIMITED', { retryAfterSeconds: 1, cause });
}

/** The `code` that Node, SQLite and PostgreSQL put on their errors, also inside TypeORM's wrapper. */
export function codeOf(error: unknown): string | undefined {
  return textOf(driverErrorOf(error), 'code');
}

/** The error of the driver, without TypeORM's wrapper. */
export function driverErrorOf(error: unknown): unknown {
  return propertyOf(error, 'driverError') ?? error;
}

/** A property of an error, if it is a string. */
export function textOf(error: unknown, property: string): string | undefined {
  const value = propertyOf(error, property);
  return typeof value === 'string' ? value : undefined;
}

function propertyOf(error: unknown, property: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, property) : undefined;
}

function isDatabaseFault(error: unknown): boolean {
  // TypeORM releases a lost connection by itself; later queries on it fail with "already released".
  if (error instanceof ConnectionError || error instanceof QueryRunnerAlreadyReleasedError) return true;
  const code = codeOf(error) ?? '';
  if (code.startsWith('SQLITE_')) return !sqliteStatementErrors.has(code.split('_', 2).join('_'));
  if (!(error instanceof QueryFailedError) || isUnsendable(error)) return false;
  if (error.driverError instanceof ConnectionError) return true;
  return code === insufficientPrivilege || !postgresStatementError.test(code);
}

/** True if the driver cannot serialize a value. */
function isUnsendable({ driverError }: QueryFailedError): boolean {
  return ['TypeError', 'RangeError'].includes(textOf(driverError, 'name') ?? '');
}

/**
 * Primary result codes about a statement or its values (https://sqlite.org/rescode.html). The driver reports extended
 * ones, such as SQLITE_CONSTRAINT_UNIQUE.
 */
const sqliteStatementErrors = new Set([
  'SQLITE_CONSTRAINT',
  'SQLITE_ERROR',
  'SQLITE_MISMATCH',
  'SQLITE_MISUSE',
  'SQLITE_RANGE',
  'SQLITE_TOOBIG',
]);

/** The same as SQLSTATE: bad data, violated constraint, bad statement, and a query after one that failed. */
const postgresStatementError = /^(22|23|42)...$|^25P02$/;

/** In the class of bad statements, but a matter of how the server is set up. */
const insufficientPrivilege = '42501';

const unknownCa =
  "its certificate is of a CA that this machine does not know: name the CA's file with sslrootcert in the URL";

const startFailures: Readonly<Record<string, string>> = {
  '08P01':
    'the server or a pooler before it refused the parameters of the connection: for a pooler, set pooler: true (DATABASE_POOLER=true)',
  '28000': 'the server refused this user',
  '28P01': 'the server refused this user or password',
  '3D000': 'there is no database of this name on the server',
  '53300': 'the server has too many connections',
  '42P07': 'a table of this name exists already: was the schema or prefix changed after the first start?',
  '55P03': 'another process held a lock for too long while migrating',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownCa,
  EACCES: 'permission denied',
  EAI_AGAIN: 'the host name cannot be resolved',
  ECONNREFUSED: 'connection refused; is the server running?',
  EHOSTUNREACH: 'the host cannot be reached',
  EISDIR: 'this is a folder, not a file',
  ENOENT: 'no such file or folder',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'part of the path is a file, not a folder',
  ENOTFOUND: 'the host name cannot be resolved',
  EPERM: 'permission denied',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
  EROFS: 'the file system is read-only',
  ETIMEDOUT: 'the server does not answer',
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  SQLITE_BUSY: 'another process has the file locked',
  SQLITE_CANTOPEN: 'the file cannot be opened',
  SQLITE_CORRUPT: 'the file is damaged',
  SQLITE_FULL: 'the disk is full',
  SQLITE_NOTADB: 'the file is not a SQLite database',
  SQLITE_READONLY: 'the file is read-only',
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
};
