import { codeOf, driverErrorOf, textOf } from './error-code.js';
import { uniqueOf } from './tables/unique-columns.js';

/**
 * True when `error`, thrown by a query, says that a row broke the unique index or primary key of this name.
 * `constraint` is the name in the entity, such as `uq_api_keys_hash` or `pk_owners`, whatever prefix the tables have.
 */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const unique = uniqueOf(constraint);
  if (unique === undefined) return false;
  const code = codeOf(error);
  const cause = driverErrorOf(error);
  if (code === '23505') {
    const prefix = prefixOf(textOf(cause, 'table'), unique.table);
    // TypeORM gives its `entityPrefix` to tables, and to indexes that it makes by itself does not.
    return (
      prefix !== undefined && [prefix + constraint, constraint].includes(textOf(cause, 'constraint') ?? '')
    );
  }
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') return false;
  // SQLite names the columns and not the index, and nowhere but in the message.
  const [, first = '', rest = ''] =
    /^UNIQUE constraint failed: (\w+)(\..*)$/.exec(textOf(cause, 'message') ?? '') ?? [];
  if (prefixOf(first, unique.table) === undefined) return false;
  return first + rest === unique.columns.map((column) => `${first}.${column}`).join(', ');
}

function prefixOf(name: string | undefined, table: string): string | undefined {
  return name?.endsWith(table) ? name.slice(0, name.length - table.length) : undefined;
}
