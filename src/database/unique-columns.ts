import { getMetadataArgsStorage } from 'typeorm';

/**
 * The columns, as `table.column`, of the unique index, unique constraint or primary key that an entity class declares
 * under this name. No two of one table may have the same columns, or SQLite's errors could not tell them apart.
 */
export function columnsOfUnique(name: string): string[] | undefined {
  const { indices, uniques } = getMetadataArgsStorage();
  const declared = [...indices.filter(({ unique }) => unique), ...uniques].find((one) => one.name === name);
  if (declared === undefined) return columnsOfPrimaryKey(name);
  if (!Array.isArray(declared.columns)) return undefined;
  const { target } = declared;
  return declared.columns.map((property) => `${tableOf(target)}.${columnOf(target, String(property))}`);
}

function columnsOfPrimaryKey(name: string): string[] | undefined {
  const columns = getMetadataArgsStorage().columns.filter(
    ({ options }) => options.primary && options.primaryKeyConstraintName === name,
  );
  if (columns.length === 0) return undefined;
  return columns.map(
    ({ target, propertyName, options }) => `${tableOf(target)}.${options.name ?? propertyName}`,
  );
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
