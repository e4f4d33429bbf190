import type { EntityManager } from 'typeorm';
import { postgresMigrations } from './postgres/index.js';
import { sqliteMigrations } from './sqlite/index.js';

/** The migrations of this build that the database lacks. Those of a newer build, which it may have as well, do not matter. */
export async function pendingMigrations(manager: EntityManager): Promise<string[]> {
  const isPostgres = manager.dataSource.options.type === 'postgres';
  const applied: { name: string }[] = await manager.query('SELECT name FROM migrations');
  const names = new Set(applied.map(({ name }) => name));
  const own = isPostgres ? postgresMigrations : sqliteMigrations;
  return own.map((migration) => migration.name).filter((name) => !names.has(name));
}
