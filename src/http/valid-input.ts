import { z } from 'zod';
import { AuthError } from '../principal/auth-error.js';
import { validationFailed } from './validation-failed.js';

/** What code passes to a public service, checked like the body of a route. Throws `VALIDATION_FAILED`. */
export function validInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const { data, error } = schema.safeParse(input);
  if (error !== undefined) throw validationFailed(error.issues);
  return data as T;
}

/** Throws `NOT_FOUND` for what can be no id. A query with `undefined` in place of an id would find any row. */
export function requireId(id: unknown): void {
  if (typeof id !== 'string' || id === '' || id.length > 64) throw new AuthError('NOT_FOUND');
}

/** A page of a list that code asks for. */
export const pageInput = z.object({
  limit: z.int().min(1).max(1_000),
  after: z.string().min(1).max(64).optional(),
});
