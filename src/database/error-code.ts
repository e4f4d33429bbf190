/** The `code` that Node, SQLite and PostgreSQL put on their errors, also when TypeORM has wrapped it. */
export function codeOf(error: unknown): string | undefined {
  return textOf(driverErrorOf(error), 'code');
}

/** What the driver threw, without TypeORM's wrapping. */
export function driverErrorOf(error: unknown): unknown {
  return propertyOf(error, 'driverError') ?? error;
}

/** A property of an error, if it is a text. */
export function textOf(error: unknown, property: string): string | undefined {
  const value = propertyOf(error, property);
  return typeof value === 'string' ? value : undefined;
}

function propertyOf(error: unknown, property: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, property) : undefined;
}
