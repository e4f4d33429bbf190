import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { AuthError } from '../principal/auth-error.js';
import { asDatabaseFault } from './database-fault.js';

const withCode = (code: string, more: object = {}) => Object.assign(new Error('x'), { code }, more);

describe('asDatabaseFault', () => {
  it.each([
    '08006',
    '53300',
    '57P01',
    '57014',
    '25006',
    '55P03',
    '40P01',
    '40001',
    '28P01',
    'SQLITE_FULL',
    'SQLITE_IOERR_WRITE',
    'SQLITE_CANTOPEN_ISDIR',
    'SQLITE_READONLY_DBMOVED',
    'SQLITE_BUSY_SNAPSHOT',
    'SQLITE_CORRUPT',
    'SQLITE_NOTADB',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
  ])('calls %s DB_UNAVAILABLE, wrapped by TypeORM or not, and keeps the cause', (code) => {
    const error = withCode(code);
    const wrapped = new QueryFailedError('SELECT 1', [], error);
    expect(asDatabaseFault(error)).toMatchObject({
      code: 'DB_UNAVAILABLE',
      cause: error,
      retryAfterSeconds: 5,
    });
    expect(asDatabaseFault(wrapped)).toMatchObject({ code: 'DB_UNAVAILABLE', cause: wrapped });
  });

  it('calls a missing Unix socket DB_UNAVAILABLE', () => {
    expect(asDatabaseFault(withCode('ENOENT', { syscall: 'connect' }))).toMatchObject({
      code: 'DB_UNAVAILABLE',
    });
  });

  it.each([
    withCode('23505'),
    withCode('42601'),
    withCode('22001'),
    withCode('SQLITE_CONSTRAINT_UNIQUE'),
    withCode('SQLITE_ERROR'),
    withCode('ENOENT', { syscall: 'open' }),
    new AuthError('NOT_FOUND'),
    new Error('Connection terminated by me'),
    new TypeError('x is undefined'),
    undefined,
    'text',
  ])('leaves %s as it is', (error) => {
    expect(asDatabaseFault(error)).toBe(error);
  });
});
