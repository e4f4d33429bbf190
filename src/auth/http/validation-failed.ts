import { AuthError } from '../../principal/auth-error.js';
import { redact } from '../../principal/redact.js';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Zod's: the fields that a strict object does not know. */
  readonly keys?: readonly string[];
}

interface Detail {
  readonly path: string;
  readonly message: string;
}

/** `VALIDATION_FAILED` with `details: [{ path, message }]`, one entry for each thing wrong, at most 20; no credential is repeated. */
export function validationFailed(issues: readonly Issue[]): AuthError {
  return new AuthError('VALIDATION_FAILED', {
    details: issues.flatMap(detailsOf).slice(0, 20).map(withoutCredentials),
  });
}

function withoutCredentials({ path, message }: Detail): Detail {
  return { path: redact(path), message: redact(message) };
}

function detailsOf({ message, path = [], keys }: Issue): Detail[] {
  const segments = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (keys === undefined) return [{ path: segments.join('.') || 'body', message }];
  return keys.map((key) => ({
    path: [...segments, redact(key.slice(0, 1_000)).slice(0, 100)].join('.'),
    message: 'There is no such field.',
  }));
}
