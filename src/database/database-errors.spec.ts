import { describe, expect, it } from '@jest/globals';
import { EntityMetadataNotFoundError, QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { asDatabaseFault, ConnectionError, databaseUnavailable } from './database-errors.js';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code }, more);
const queryFailed = (error: Error) => new QueryFailedError('SELECT 1', [], error);

describe('asDatabaseFault', () => {
  it.each([
    '08006',
    '0A000',
    '53300',
    '57P01',
    '57014',
    '25006',
    '55P03',
    '40P01',
    '40001',
    '28P01',
    '42501',
    'SQLITE_FULL',
    'SQLITE_IOERR_WRITE',
    'SQLITE_CANTOPEN_ISDIR',
    'SQLITE_READONLY_DBMOVED',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_CORRUPT',
    'SQLITE_NOTADB',
    'SQLITE_INTERRUPT',
    'ECONNRESET',
    'ETIMEDOUT',
    'EPROTO',
  ])('calls a query that failed with %s DB_UNAVAILABLE, and keeps the cause', (code) => {
    const error = queryFailed(withCode(code));
    expect(asDatabaseFault(error)).toMatchObject({
      code: 'DB_UNAVAILABLE',
      cause: error,
      retryAfterSeconds: 5,
    });
  });

  it.each([
    new Error('received invalid response: 21'),
    new Error('Query read timeout'),
    new Error('Connection terminated unexpectedly'),
    new ConnectionError(new TypeError('x is undefined')),
    new ConnectionError(withCode('42704')),
  ])('calls a query that failed without an answer DB_UNAVAILABLE: %s', (error) => {
    expect(asDatabaseFault(queryFailed(error))).toMatchObject({ code: 'DB_UNAVAILABLE' });
  });

  it.each([
    withCode('ENOENT', { syscall: 'connect' }),
    withCode('CERT_HAS_EXPIRED'),
    withCode('DEPTH_ZERO_SELF_SIGNED_CERT'),
    withCode('ERR_TLS_CERT_ALTNAME_INVALID'),
    withCode('ENETRESET'),
    withCode('42704'),
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: nonce missing'),
    new TypeError('x is undefined'),
  ])('calls every failure to connect DB_UNAVAILABLE: %s', (cause) => {
    const error = new ConnectionError(cause);
    expect(asDatabaseFault(error)).toMatchObject({ code: 'DB_UNAVAILABLE', cause: error });
  });

  it('calls errors after a lost connection DB_UNAVAILABLE', () => {
    const error = new QueryRunnerAlreadyReleasedError();
    expect(asDatabaseFault(error)).toMatchObject({ code: 'DB_UNAVAILABLE', cause: error });
  });

  it('calls errors of SQLite outside a query DB_UNAVAILABLE', () => {
    expect(asDatabaseFault(withCode('SQLITE_BUSY'))).toMatchObject({ code: 'DB_UNAVAILABLE' });
  });

  it.each([
    queryFailed(withCode('23505')),
    queryFailed(withCode('42601')),
    queryFailed(withCode('22001')),
    queryFailed(withCode('25P02')),
    queryFailed(withCode('SQLITE_CONSTRAINT_UNIQUE')),
    queryFailed(withCode('SQLITE_ERROR')),
    queryFailed(new TypeError('Converting circular structure to JSON')),
    queryFailed(new RangeError('Too few parameter values were provided')),
    new EntityMetadataNotFoundError('Nothing'),
    withCode('SQLITE_CONSTRAINT_UNIQUE'),
    withCode('ENOENT', { syscall: 'open' }),
    withCode('ECONNREFUSED'),
    new AuthError('NOT_FOUND'),
    new Error('Connection terminated unexpectedly'),
    new TypeError('x is undefined'),
    undefined,
    'text',
  ])('leaves %s as it is', (error) => {
    expect(asDatabaseFault(error)).toBe(error);
  });
});

describe('databaseUnavailable', () => {
  it('does not wrap an error that is DB_UNAVAILABLE already', () => {
    const answer = databaseUnavailable(new Error('disk on fire'));
    expect(databaseUnavailable(answer)).toBe(answer);
  });
});

describe('ConnectionError', () => {
  it('has a message even if Node gives none', () => {
    const rejected = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(new ConnectionError(rejected)).toMatchObject({ message: 'ECONNREFUSED', code: 'ECONNREFUSED' });
    expect(new ConnectionError(undefined).message).toBe('unknown error');
  });
});
