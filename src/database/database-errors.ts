import { codeOf, driverErrorOf, textOf } from './error-code.js';
import { columnsOfUnique } from './unique-columns.js';

/**
 * True when `error`, thrown by a query, says that a row broke the unique index or primary key of this name.
 * `constraint` is the name in the entity, such as `uq_api_keys_hash` or `pk_owners`.
 */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  const code = codeOf(error);
  const cause = driverErrorOf(error);
  if (code === '23505') return textOf(cause, 'constraint') === constraint;
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') return false;
  // SQLite names the columns and not the index, and nowhere but in the message.
  const columns = columnsOfUnique(constraint);
  return (
    columns !== undefined && textOf(cause, 'message') === `UNIQUE constraint failed: ${columns.join(', ')}`
  );
}
