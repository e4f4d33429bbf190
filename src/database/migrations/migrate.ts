import {
  type DataSource,
  type Migration,
  MigrationExecutor,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { appliedMigrations } from './applied-migrations.js';
import { ensureSchema } from '../ensure-schema.js';
import { postgresEdges } from '../postgres/postgres-transaction.js';
import { freshQueryRunner, sqliteEdges } from '../sqlite/sqlite-transaction.js';
import type { TransactionEdges } from '../transaction.js';

/** Longer than any migration takes: the others wait for the one process that migrates. */
const waitMs = 300_000;

/**
 * Runs the pending migrations of a SQLite file in one transaction and returns their names. Processes that start at the
 * same time wait for each other; when one fails or dies, nothing of its migrations is left. What is noted in
 * `otherTables` was run before.
 */
export async function migrateSqlite(
  dataSource: DataSource,
  otherTables: readonly string[] = [],
): Promise<string[]> {
  const runner = freshQueryRunner(dataSource);
  // Rebuilding a table that others refer to needs this, and inside a transaction it has no effect.
  await runner.beforeMigration();
  try {
    return await migrateWithin(sqliteEdges(dataSource, runner, waitMs), async () => {
      const names = await runPending(dataSource, runner, otherTables);
      if (names.length > 0) await refuseDanglingKeys(runner);
      return names;
    });
  } finally {
    await runner.afterMigration();
  }
}

/** The same for PostgreSQL. The lock belongs to the transaction, so it ends with it, also when the process dies. */
export async function migratePostgres(
  dataSource: DataSource,
  otherTables: readonly string[] = [],
): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    return await migrateWithin(await postgresEdges(runner), async () => {
      await runner.query(`SET LOCAL statement_timeout = 0`);
      await runner.query(`SET LOCAL lock_timeout = ${waitMs}`);
      await runner.query(`SET LOCAL idle_in_transaction_session_timeout = 60000`);
      await runner.query(`SELECT pg_advisory_xact_lock(hashtext('gatehouse'), hashtext('migrations'))`);
      await ensureSchema(runner, schemaOf(dataSource));
      return runPending(dataSource, runner, otherTables);
    });
  } finally {
    await runner.release();
  }
}

async function migrateWithin(edges: TransactionEdges, work: () => Promise<string[]>): Promise<string[]> {
  await edges.begin();
  try {
    const names = await work();
    await edges.commit();
    return names;
  } catch (error) {
    await edges.rollback();
    throw error;
  }
}

async function runPending(
  dataSource: DataSource,
  runner: QueryRunner,
  otherTables: readonly string[],
): Promise<string[]> {
  const applied = await appliedMigrations(runner, otherTables);
  const others = dataSource.migrations.filter((migration) => !applied.has(nameOf(migration)));
  dataSource.migrations.splice(0, Infinity, ...others);
  const migrations: Migration[] = await new MigrationExecutor(dataSource, runner).executePendingMigrations();
  return migrations.map(({ name }) => name);
}

function nameOf(migration: MigrationInterface): string {
  return migration.name ?? migration.constructor.name;
}

function schemaOf({ options }: DataSource): string | undefined {
  return options.type === 'postgres' ? options.schema : undefined;
}

async function refuseDanglingKeys(runner: QueryRunner): Promise<void> {
  const dangling: unknown[] = await runner.query('PRAGMA foreign_key_check');
  if (dangling.length > 0)
    throw new Error(`${dangling.length} rows refer to rows that the migration removed`);
}
