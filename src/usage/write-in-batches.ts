import { setImmediate as nextTurn } from 'node:timers/promises';
import { AuthError } from '../principal/auth-error.js';

/** What could not be written, and why. */
export interface Unwritten<T> {
  readonly items: readonly T[];
  readonly error?: unknown;
}

/**
 * Writes the items in batches and lets requests in between them. Never rejects. A batch that fails does not hold up the
 * others, unless the database is out of reach: then nothing more is tried.
 */
export async function writeInBatches<T>(
  items: readonly T[],
  size: number,
  write: (batch: readonly T[]) => Promise<void>,
): Promise<Unwritten<T>> {
  const unwritten: T[] = [];
  let fault: unknown;
  for (let start = 0; start < items.length; start += size) {
    const batch = items.slice(start, start + size);
    try {
      await write(batch);
    } catch (error) {
      fault = error;
      if (isUnavailable(error)) return { items: unwritten.concat(items.slice(start)), error };
      unwritten.push(...batch);
    }
    await nextTurn();
  }
  return { items: unwritten, error: fault };
}

function isUnavailable(error: unknown): boolean {
  return error instanceof AuthError && error.code === 'DB_UNAVAILABLE';
}
