import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { parseDatabaseUrl } from './database-location.js';

describe('parseDatabaseUrl', () => {
  it.each([
    ['sqlite:///var/lib/gatehouse.db', '/var/lib/gatehouse.db'],
    ['SQLite:data/gatehouse.db', resolve('data/gatehouse.db')],
    ['sqlite:/var/lib/with%20space.db', '/var/lib/with space.db'],
    ['./data/gatehouse.db', resolve('data/gatehouse.db')],
    ['../gatehouse.db', resolve('../gatehouse.db')],
    [' /var/lib/100%.db\n', '/var/lib/100%.db'],
  ])('reads %j as a file', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ type: 'sqlite', file, label: file });
  });

  it.each([
    ['postgres://user:pass@db.example:5433/auth', 'db.example:5433/auth'],
    ['postgresql://user:p%2Fss@db.example/auth?sslmode=verify-full', 'db.example:5432/auth'],
    ['postgres://user@/auth?host=/run/postgresql', '/run/postgresql:5432/auth'],
    ['postgres://user:pass@[::1]:5432/auth', '::1:5432/auth'],
  ])('reads %j as a server and shows no credentials', (url, label) => {
    expect(parseDatabaseUrl(url)).toEqual({ type: 'postgres', url, label });
  });

  it.each([
    ['?sslmode=require', '?sslmode=verify-full'],
    ['?sslmode=prefer&sslrootcert=', '?sslmode=verify-full&sslrootcert='],
    ['?a=b&sslmode=verify-ca', '?a=b&sslmode=verify-full'],
    ['?sslmode=no-verify', '?sslmode=no-verify'],
    ['?sslmode=require&uselibpqcompat=true', '?sslmode=require&uselibpqcompat=true'],
    ['?sslmode=disable', '?sslmode=disable'],
  ])('has the certificate verified by %s', (query, expected) => {
    expect(parseDatabaseUrl(`postgres://a:b@c/d${query}`)).toMatchObject({
      url: `postgres://a:b@c/d${expected}`,
    });
  });

  it.each([
    '',
    ':memory:',
    'sqlite::memory:',
    'sqlite: :memory: ',
    'sqlite:',
    'sqlite://relative.db',
    'sqlite:data.db?mode=memory',
    'sqlite:100%.db',
    'mysql://root:s3cret@host/db',
    'file:s3cret',
    'postgres:s3cret',
    'postgres://user:s3cret/1@host/db',
    'postgres://user:12#s3cret@host/db',
    'postgres://user:12?s3cret@host/db',
    'postgres://user:s3cret@host:port/db',
    '"postgres://user:s3cret@host/db"',
    "'postgres://user:s3cret@host/db'",
    '$S3CRET_URL s3cret',
    '${DATABASE_URL:-s3cret}',
    'host=db user=gh password=s3cret',
    'user:s3cret@host/db',
    's3cret.db',
  ])('rejects %j without repeating it', (url) => {
    let error: unknown;
    try {
      parseDatabaseUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ name: 'DatabaseStartError', cause: undefined });
    expect(String(error)).not.toContain('s3cret');
  });

  it.each([
    ['"postgres://user:s3cret@host/db"', 'remove the quotes around it'],
    ['postgres://user:s3cret50%@host/db', 'A % in the database URL must be written as %25'],
    ['postgres://user:s3cret@h1:5432,h2:5432/db', 'names several hosts'],
    ['postgres://user:s3cret@host/db?sslrootcert=/no/such/file', 'cannot be read (ENOENT)'],
    ['postgres://user:s3cret@host/db?sslkey=/', 'cannot be read (EISDIR)'],
  ])('says what is wrong with %j, without repeating it', (url, message) => {
    expect(() => parseDatabaseUrl(url)).toThrow(message);
    expect(() => parseDatabaseUrl(url)).not.toThrow(/s3cret|such/);
  });
});
