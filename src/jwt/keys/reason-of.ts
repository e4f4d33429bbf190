import { isJsonObject } from '../../support/json.js';
import { KeyError } from './key-error.js';

/** What went wrong in a fetch of keys, in a few words: undici hides it one or two causes deep. */
export function reasonOf(error: unknown): string {
  if (error instanceof KeyError) return `the key ${error.message}`;
  if (!isJsonObject(error)) return 'unknown';
  if (isJsonObject(error.cause)) return reasonOf(error.cause);
  const { message, code } = error;
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' ? code : 'unknown';
}
