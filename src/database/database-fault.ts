import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { ConnectionError } from './connection-error.js';
import { codeOf, textOf } from './error-code.js';

/**
 * `AuthError('DB_UNAVAILABLE')` when `error` comes from the database or the way to it; else `error` as it is. What the
 * database says about a statement or its values is no fault of the database, and no other error is, wherever thrown.
 */
export function asDatabaseFault(error: unknown): unknown {
  return isDatabaseFault(error) ? databaseUnavailable(error) : error;
}

/** The answer while the database cannot work; `cause` is for the log. One that is such an answer stays as it is. */
export function databaseUnavailable(cause: unknown): AuthError {
  if (cause instanceof AuthError && cause.code === 'DB_UNAVAILABLE') return cause;
  return new AuthError('DB_UNAVAILABLE', { cause });
}

/** The answer to work for which there is no room to wait: an owner has filled its own share, or others the database. */
export function tooManyWaiting(owner: string | undefined, waiting: number): AuthError {
  const cause = new Error(`${waiting} others are waiting`);
  return owner === undefined
    ? databaseUnavailable(cause)
    : new AuthError('RATE_LIMITED', { retryAfterSeconds: 1, cause });
}

function isDatabaseFault(error: unknown): boolean {
  // TypeORM lets go of a lost connection by itself; whoever goes on with it only hears "released".
  if (error instanceof ConnectionError || error instanceof QueryRunnerAlreadyReleasedError) return true;
  const code = codeOf(error) ?? '';
  if (code.startsWith('SQLITE_')) return !sqliteRefusals.has(code.split('_', 2).join('_'));
  if (!(error instanceof QueryFailedError) || isUnsendable(error)) return false;
  if (error.driverError instanceof ConnectionError) return true;
  return code === insufficientPrivilege || !postgresRefusal.test(code);
}

/** The driver's answer to values that it cannot hand over. */
function isUnsendable({ driverError }: QueryFailedError): boolean {
  return ['TypeError', 'RangeError'].includes(textOf(driverError, 'name') ?? '');
}

/**
 * Primary result codes that speak of a statement or its values (https://sqlite.org/rescode.html). The driver reports
 * extended ones, such as SQLITE_CONSTRAINT_UNIQUE.
 */
const sqliteRefusals = new Set([
  'SQLITE_CONSTRAINT',
  'SQLITE_ERROR',
  'SQLITE_MISMATCH',
  'SQLITE_MISUSE',
  'SQLITE_RANGE',
  'SQLITE_TOOBIG',
]);

/** The same in SQLSTATE: bad data, broken constraint, bad statement, and a query after one that failed. */
const postgresRefusal = /^(22|23|42)...$|^25P02$/;

/** In the class of bad statements, but a matter of how the server is set up. */
const insufficientPrivilege = '42501';
