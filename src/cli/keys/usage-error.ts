import type { z } from 'zod';

/** The command was not given as it must be; exit code 2. The message never repeats a value. */
export class UsageError extends Error {}

/** What was given, as the schema has it; what it refuses is a `UsageError` that names the option. */
export function checked<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  throw new UsageError(error.issues.map(({ path, message }) => `${optionOf(path)}: ${message}`).join('\n'));
}

function optionOf([name]: readonly PropertyKey[]): string {
  const kebab = String(name ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `--${kebab === 'owner-id' ? 'owner' : kebab}`;
}
