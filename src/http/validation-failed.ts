import { AuthError } from '../principal/auth-error.js';
import { redact } from '../support/redact.js';

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

const most = 20;

/**
 * `VALIDATION_FAILED` with `details: [{ path, message }]`, one entry for each of the first 20 things wrong and one that
 * counts the rest; no credential is repeated.
 */
export function validationFailed(issues: readonly Issue[]): AuthError {
  const details: Detail[] = issues.slice(0, most).flatMap(detailsOf).slice(0, most).map(withoutCredentials);
  const rest = issues.reduce((count, { keys }) => count + (keys?.length ?? 1), 0) - details.length;
  if (rest > 0) details.push({ path: 'body', message: `There are ${rest} more faults like these.` });
  return new AuthError('VALIDATION_FAILED', { details });
}

function withoutCredentials({ path, message }: Detail): Detail {
  return { path: redact(path), message: redact(message) };
}

function detailsOf({ message, path = [], keys }: Issue): Detail[] {
  const segments = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (keys === undefined) return [{ path: segments.join('.') || 'body', message }];
  return keys.slice(0, most).map((key) => ({
    path: [...segments, redact(key.slice(0, 1_000)).slice(0, 100)].join('.'),
    message: 'There is no such field.',
  }));
}
