import { AuthError } from '../../principal/auth-error.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Zod's: the fields that a strict object does not know. */
  readonly keys?: readonly string[];
}

/** `VALIDATION_FAILED` with `details: [{ path, message }]`, one entry for each thing wrong, at most 20. */
export function validationFailed(issues: readonly Issue[]): AuthError {
  return new AuthError('VALIDATION_FAILED', { details: issues.flatMap(detailsOf).slice(0, 20) });
}

function detailsOf({ message, path = [], keys }: Issue): { path: string; message: string }[] {
  const segments = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (keys === undefined) return [{ path: segments.join('.') || 'body', message }];
  return keys.map((key) => ({
    path: [...segments, key.slice(0, 100)].join('.'),
    message: 'There is no such field.',
  }));
}
