import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';

/** PostgreSQL takes 65,535 and saves round trips; SQLite runs several short statements faster than a long one. */
const mostParameters = { postgres: 30_000, 'better-sqlite3': 3_000 };

/**
 * Inserts whole rows, many in a statement: several times faster than `manager.insert` for thousands of them.
 * Every property of the entity must be set; nothing is read back.
 */
export async function insertAll<T extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  rows: readonly T[],
): Promise<void> {
  const { driver } = manager.connection;
  const { columns, tableName } = manager.connection.getMetadata(entity);
  const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
  const most = mostParameters[driver.options.type as keyof typeof mostParameters];
  const size = Math.floor(most / columns.length);
  const places = (count: number) =>
    Array.from({ length: count }, (_, row) => {
      const tuple = columns.map((_, column) => driver.createParameter('', row * columns.length + column));
      return `(${tuple.join(', ')})`;
    }).join(', ');
  const whole = rows.length < size ? '' : places(size);
  for (let start = 0; start < rows.length; start += size) {
    const some = rows.slice(start, start + size);
    const values: unknown[] = [];
    for (const row of some) {
      for (const column of columns) {
        values.push(driver.preparePersistentValue(column.getEntityValue(row), column) ?? null);
      }
    }
    const tuples = some.length === size ? whole : places(some.length);
    await manager.query(`INSERT INTO ${driver.escape(tableName)} (${names}) VALUES ${tuples}`, values);
  }
}
