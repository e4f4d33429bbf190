import type { QueryRunner } from 'typeorm';

/** The names of the migrations that one of these tables notes as run. A table may be missing, and have a schema: `app.migrations`. */
export async function appliedMigrations(
  runner: QueryRunner,
  tables: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const table of tables) {
    if (!(await runner.hasTable(table))) continue;
    const path = table.split('.').map((part) => runner.dataSource.driver.escape(part));
    const rows: { name: string }[] = await runner.query(`SELECT name FROM ${path.join('.')}`);
    for (const { name } of rows) names.add(name);
  }
  return names;
}
