import { getMetadataArgsStorage } from 'typeorm';
import { codeOf, driverErrorOf, textOf } from './database-errors.js';

/**
 * True if `error`, thrown by a query, says that a row violates the unique index or primary key of this name.
 * `constraint` is the name in the entity, such as `uq_api_keys_hash` or `pk_owners`, without a table prefix.
 */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const unique = uniqueOf(constraint);
  if (unique === undefined) return false;
  const code = codeOf(error);
  const cause = driverErrorOf(error);
  if (code === '23505') {
    const prefix = prefixOf(textOf(cause, 'table'), unique.table);
    // TypeORM puts its `entityPrefix` before tables, but not before indexes that it creates itself.
    return (
      prefix !== undefined && [prefix + constraint, constraint].includes(textOf(cause, 'constraint') ?? '')
    );
  }
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') return false;
  // SQLite names the columns instead of the index, and only in the message.
  const [, first = '', rest = ''] =
    /^UNIQUE constraint failed: (\w+)(\..*)$/.exec(textOf(cause, 'message') ?? '') ?? [];
  if (prefixOf(first, unique.table) === undefined) return false;
  return first + rest === unique.columns.map((column) => `${first}.${column}`).join(', ');
}

function prefixOf(name: string | undefined, table: string): string | undefined {
  return name?.endsWith(table) ? name.slice(0, name.length - table.length) : undefined;
}

/** A table without its prefix, and the columns whose values are unique in it. */
interface Unique {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * The unique index, unique constraint or primary key that an entity class declares under this name. No two of a table
 * may have the same columns: SQLite's errors could not tell them apart.
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
  const all = getMetadataArgsStorage().columns.filter(
    ({ options }) => options.primary && options.primaryKeyConstraintName === name,
  );
  const target = all[0]?.target;
  const table = tableOf(target);
  if (table === undefined) return undefined;
  // Where a second copy of the package is loaded, its classes declare the same.
  const columns = all.filter((column) => column.target === target);
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
