import { getMetadataArgsStorage } from 'typeorm';

/** A table without its prefix, and the columns of which no two of its rows have the same. */
export interface Unique {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * What the unique index, unique constraint or primary key is about that an entity class declares under this name. No two
 * of one table may have the same columns, or SQLite's errors could not tell them apart.
 */
export function uniqueOf(name: string): Unique | undefined {
  const { indices, uniques } = getMetadataArgsStorage();
  const declared = [...indices.filter(({ unique }) => unique), ...uniques].find((one) => one.name === name);
  if (declared === undefined) return primaryKeyOf(name);
  const { target, columns } = declared;
  const table = tableOf(target);
  if (!Array.isArray(columns) || table === undefined) return undefined;
  return { table, columns: columns.map((property) => columnOf(target, String(property))) };
}

function primaryKeyOf(name: string): Unique | undefined {
  const columns = getMetadataArgsStorage().columns.filter(
    ({ options }) => options.primary && options.primaryKeyConstraintName === name,
  );
  const table = tableOf(columns[0]?.target);
  if (table === undefined) return undefined;
  return { table, columns: columns.map(({ propertyName, options }) => options.name ?? propertyName) };
}

function tableOf(target: unknown): string | undefined {
  return getMetadataArgsStorage().tables.find((table) => table.target === target)?.name;
}

function columnOf(target: unknown, property: string): string {
  const column = getMetadataArgsStorage().columns.find(
    (one) => one.target === target && one.propertyName === property,
  );
  return column?.options.name ?? property;
}
