import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Client } from 'pg';
import { DatabaseStartError } from './database-errors.js';

/** Where the database is. `label` is safe to log: it never holds a password. */
export type DatabaseLocation =
  | { readonly type: 'sqlite'; readonly file: string; readonly label: string }
  | { readonly type: 'postgres'; readonly url: string; readonly label: string };

/** A bare name could be a URL in quotes, or a variable that nothing replaced. */
const barePath = /^(?:\.{0,2}[/\\]|[a-z]:[/\\])/i;

/**
 * Reads `postgres://…`, `postgresql://…`, `sqlite:///absolute/path`, `sqlite:relative/path`, or a path that begins with `/`,
 * `./` or `../`. Throws `DatabaseStartError` for anything else, and never repeats the text: it may hold a password.
 */
export function parseDatabaseUrl(text: string): DatabaseLocation {
  const url = text.trim();
  const scheme = /^[a-z][a-z0-9+.-]+(?=:)/i.exec(url)?.[0].toLowerCase();
  if (scheme === 'postgres' || scheme === 'postgresql') return postgresLocation(url);
  if (scheme === undefined ? url !== '' && !barePath.test(url) : scheme !== 'sqlite') {
    const hint = /^["'`]/.test(url) ? '; remove the quotes around it' : '';
    throw new DatabaseStartError(
      `The database URL must start with postgres:// or sqlite:, or be a path that begins with / or ./${hint}`,
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

function postgresLocation(text: string): DatabaseLocation & { type: 'postgres' } {
  const fault = faultOf(text);
  if (fault !== undefined) throw new DatabaseStartError(fault);
  const url = withVerification(text);
  const Client = postgresClient();
  try {
    const { host, port, database } = new Client({ connectionString: url });
    return { type: 'postgres', url, label: `${host}:${port}/${database ?? ''}` };
  } catch (error) {
    throw new DatabaseStartError(certificateFault(error) ?? invalidPostgresUrl);
  }
}

/**
 * pg 8 verifies the certificate and its host name also for these, with a warning; pg 9 will not. `uselibpqcompat=true` and
 * `sslmode=no-verify` ask for less.
 */
function withVerification(url: string): string {
  if (/[?&]uselibpqcompat=true(?:&|$)/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/g, '$1verify-full');
}

/** The URL of a PostgreSQL server for the driver. Throws `DatabaseStartError` for anything else. */
export function postgresUrl(text: string): string {
  const location = parseDatabaseUrl(text);
  if (location.type === 'postgres') return location.url;
  throw new DatabaseStartError('directUrl must be a postgres:// URL');
}

const invalidPostgresUrl =
  'The database URL is not postgres://user:password@host:port/database, with : / ? # @ % in the password percent-encoded';

/** What is wrong with the text of a URL, where the driver would say something else, or repeat it. */
function faultOf(url: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(url)) return 'A % in the database URL must be written as %25';
  const [, authority, rest] = /^[a-z]+:\/\/([^/?#]*)(.*)$/is.exec(url) ?? [];
  // In the password, a / ? # that is not encoded would make the rest of it part of the host, and so of the label.
  if (authority === undefined || rest?.includes('@') === true) return invalidPostgresUrl;
  if (/,[^@]*$/.test(authority))
    return 'The database URL names several hosts, which is not supported: name one, or a proxy that finds the primary';
  return undefined;
}

/** The driver reads the files that are named in `sslrootcert`, `sslcert` and `sslkey`. */
function certificateFault(error: unknown): string | undefined {
  const { syscall, code } = error as NodeJS.ErrnoException;
  if (syscall === undefined || code === undefined) return undefined;
  return `A file that sslrootcert, sslcert or sslkey in the database URL names cannot be read (${code})`;
}

/** Loaded on demand: an application on SQLite works without pg. */
function postgresClient(): typeof Client {
  try {
    return (createRequire(import.meta.url)('pg') as { Client: typeof Client }).Client;
  } catch (error) {
    throw new DatabaseStartError('A postgres:// database needs the package pg: npm install pg', error);
  }
}
