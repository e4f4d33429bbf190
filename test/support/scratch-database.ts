import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, type QueryResultRow } from 'pg';

declare const databaseKind: 'sqlite' | 'postgres';

/** To copy files is half the work, where no disk has to keep them. */
const strategy = process.env.TEST_DATABASE_URL ? 'WAL_LOG' : 'FILE_COPY';

export interface ScratchDatabase {
  /** For `openDatabase`. There is nothing in it yet. */
  readonly url: string;
  /** Drops it, even with open connections. */
  drop(): Promise<void>;
}

/** An empty database of the kind that this run of the tests is for. */
export function createScratchDatabase(): Promise<ScratchDatabase> {
  return databaseKind === 'postgres' ? createPostgres() : createSqlite();
}

/** The same with all tables, for what would only migrate it. On SQLite, where that takes no time, it is empty as well. */
export function createMigratedDatabase(): Promise<ScratchDatabase> {
  return databaseKind === 'postgres' ? createPostgres(process.env.TEST_DATABASE_TEMPLATE) : createSqlite();
}

/** Runs statements on the server's administrative database, not on a scratch one; gives the rows of the last. */
export async function asPostgresAdmin<T extends QueryResultRow>(...statements: string[]): Promise<T[]> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_ADMIN_URL });
  await client.connect();
  try {
    let rows: T[] = [];
    for (const sql of statements) ({ rows } = await client.query<T>(sql));
    return rows;
  } finally {
    await client.end();
  }
}

async function createSqlite(): Promise<ScratchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  return {
    url: `sqlite://${folder}/scratch.db`,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}

async function createPostgres(template = 'template0'): Promise<ScratchDatabase> {
  const name = `gatehouse_test_${randomBytes(8).toString('hex')}`;
  await asPostgresAdmin(
    `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY = ${strategy}`,
    // Nothing here has to survive a power cut.
    `ALTER DATABASE ${name} SET synchronous_commit = off`,
  );
  const url = new URL(process.env.TEST_DATABASE_ADMIN_URL ?? '');
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await asPostgresAdmin(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}
