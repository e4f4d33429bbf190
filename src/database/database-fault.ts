import { AuthError } from '../principal/auth-error.js';
import { codeOf, driverErrorOf, textOf } from './error-code.js';

/** `AuthError('DB_UNAVAILABLE')` when `error` means that the database cannot work now; else `error` as it is. */
export function asDatabaseFault(error: unknown): unknown {
  return isDatabaseFault(error) ? databaseUnavailable(error) : error;
}

/** The answer while the database cannot work; `cause` is for the log. */
export function databaseUnavailable(cause: unknown): AuthError {
  return new AuthError('DB_UNAVAILABLE', { cause });
}

function isDatabaseFault(error: unknown): boolean {
  if (error instanceof AuthError) return false;
  const code = codeOf(error);
  if (code === undefined) return clientFaults.has(textOf(driverErrorOf(error), 'message') ?? '');
  if (code.startsWith('SQLITE_')) return sqliteFaults.has(code.split('_', 2).join('_'));
  if (code === 'ENOENT') return textOf(driverErrorOf(error), 'syscall') === 'connect';
  return systemFaults.has(code) || postgresFaults.has(code) || postgresFaultClasses.has(code.slice(0, 2));
}

/** Primary result codes (https://sqlite.org/rescode.html); the driver reports extended ones, such as SQLITE_IOERR_WRITE. */
const sqliteFaults = new Set([
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_LOCKED',
  'SQLITE_NOMEM',
  'SQLITE_NOTADB',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_READONLY',
]);

/** SQLSTATE classes: connection, authorization, resources, operator intervention (also timeouts), system, corruption. */
const postgresFaultClasses = new Set(['08', '28', '53', '57', '58', 'XX']);

/** Read-only server, idle too long, database gone, serialization failure, deadlock, lock not available. */
const postgresFaults = new Set(['25006', '25P03', '25P04', '3D000', '40001', '40P01', '55P03']);

const systemFaults = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENFILE',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The errors that `pg` and better-sqlite3 make themselves carry no code. */
const clientFaults = new Set([
  'Cannot use a pool after calling end on the pool',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Connection terminated',
  'Connection terminated due to connection timeout',
  'Connection terminated unexpectedly',
  'Query read timeout',
  'The database connection is not open',
  'timeout exceeded when trying to connect',
  'timeout expired',
]);
