import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Client } from 'pg';
import { DatabaseStartError } from './database-errors.js';

/** Where the database is. `label` is safe to log: it never holds a password. */
export type DatabaseLocation =
  | { readonly type: 'sqlite'; readonly file: string; readonly label: string }
  | { readonly type: 'postgres'; readonly url: string; readonly label: string };

/**
 * Reads `postgres://…`, `postgresql://…`, `sqlite:///absolute/path`, `sqlite:relative/path` or the path of a file.
 * Throws `DatabaseStartError` for anything else, and never repeats the text: it may hold a password.
 */
export function parseDatabaseUrl(text: string): DatabaseLocation {
  const url = text.trim();
  const scheme = /^[a-z][a-z0-9+.-]+(?=:)/i.exec(url)?.[0].toLowerCase();
  if (scheme === 'postgres' || scheme === 'postgresql') return postgresLocation(url);
  if (scheme !== undefined && scheme !== 'sqlite') {
    throw new DatabaseStartError(
      'The database URL must start with postgres:// or sqlite:, or be the path of a file',
    );
  }
  const file = scheme === undefined ? url : pathOf(url.slice('sqlite:'.length));
  if (file === '' || file === ':memory:') {
    throw new DatabaseStartError(
      'The database URL must name a file: keys in memory would be lost at a restart',
    );
  }
  return { type: 'sqlite', file: resolve(file), label: resolve(file) };
}

function pathOf(rest: string): string {
  if (/^\/\/(?!\/)/.test(rest) || /[?#]/.test(rest)) {
    throw new DatabaseStartError('Write sqlite:///absolute/path or sqlite:relative/path, without options');
  }
  const path = decoded(rest.replace(/^\/\/(?=\/)/, ''));
  const isWindowsDrive = /^\/[a-z]:/i.test(path);
  return (isWindowsDrive ? path.slice(1) : path).trim();
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new DatabaseStartError('A % in a sqlite: URL must be written as %25');
  }
}

function postgresLocation(url: string): DatabaseLocation {
  // An unencoded / ? # in the password would make the rest of the password part of the host, and so of the label.
  const hasSplitPassword = /^[a-z]+:\/\/[^/?#]*[/?#].*@/i.test(url);
  if (hasSplitPassword || !/^[a-z]+:\/\//i.test(url)) throw invalidPostgresUrl();
  const Client = postgresClient();
  try {
    const { host, port, database } = new Client({ connectionString: url });
    return { type: 'postgres', url, label: `${host}:${port}/${database ?? ''}` };
  } catch {
    throw invalidPostgresUrl();
  }
}

function invalidPostgresUrl(): DatabaseStartError {
  return new DatabaseStartError(
    'The database URL is not postgres://user:password@host:port/database, with : / ? # @ % in the password percent-encoded',
  );
}

/** Loaded on demand: an application on SQLite works without pg. */
function postgresClient(): typeof Client {
  try {
    return (createRequire(import.meta.url)('pg') as { Client: typeof Client }).Client;
  } catch (error) {
    throw new DatabaseStartError('A postgres:// database needs the package pg: npm install pg', error);
  }
}
