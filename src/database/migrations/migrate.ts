import { dataSourceOf } from '../data-source-of.js';
import type { LoggerService } from '@nestjs/common';
import {
  type DataSource,
  type Migration,
  MigrationExecutor,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { postgresTransaction } from '../postgres/postgres-transaction.js';
import { freshQueryRunner, sqliteTransaction } from '../sqlite/sqlite-transaction.js';
import type { Transaction } from '../transaction.js';
import { ensureSchema } from './gatehouse-migrations.js';

/** Longer than any migration takes: other processes wait for the one that migrates. */
const waitMs = 300_000;

/**
 * Runs the pending migrations of a SQLite file in one transaction and returns their names. Processes that start at the
 * same time wait for each other; if one fails or is killed, its migrations leave nothing behind. Those recorded in
 * `otherTables` were run before.
 */
export async function migrateSqlite(
  dataSource: DataSource,
  otherTables: readonly string[] = [],
): Promise<string[]> {
  const runner = freshQueryRunner(dataSource);
  // Turns foreign keys off, to rebuild tables that others refer to. Has no effect inside a transaction.
  await runner.beforeMigration();
  try {
    return await migrateWithin(sqliteTransaction(dataSource, runner, waitMs), async () => {
      const names = await runPending(dataSource, runner, otherTables);
      if (names.length > 0) await rejectDanglingKeys(runner);
      return names;
    });
  } finally {
    await runner.afterMigration();
  }
}

/** The same for PostgreSQL. The lock ends with the transaction, also if the process is killed. */
export async function migratePostgres(
  dataSource: DataSource,
  otherTables: readonly string[] = [],
): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    return await migrateWithin(await postgresTransaction(runner), async () => {
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

async function migrateWithin(transaction: Transaction, work: () => Promise<string[]>): Promise<string[]> {
  await transaction.begin();
  try {
    const names = await work();
    await transaction.commit();
    return names;
  } catch (error) {
    await transaction.rollback();
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

async function rejectDanglingKeys(runner: QueryRunner): Promise<void> {
  const dangling: unknown[] = await runner.query('PRAGMA foreign_key_check');
  if (dangling.length > 0)
    throw new Error(`${dangling.length} rows refer to rows that the migration removed`);
}

/** The names of the migrations recorded in these tables. A table may be missing, and have a schema: `app.migrations`. */
export async function appliedMigrations(
  runner: QueryRunner,
  tables: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const table of tables) {
    if (!(await runner.hasTable(table))) continue;
    const path = table.split('.').map((part) => dataSourceOf(runner).driver.escape(part));
    const rows: { name: string }[] = await runner.query(`SELECT name FROM ${path.join('.')}`);
    for (const { name } of rows) names.add(name);
  }
  return names;
}

/** Logs which migrations were run, if any. */
export function logMigrations(logger: LoggerService, label: string, migrations: readonly string[]): void {
  if (migrations.length > 0) logger.log(`Migrated ${label}: ${migrations.join(', ')}`);
}
