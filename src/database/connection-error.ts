import { codeOf, textOf } from './error-code.js';

/**
 * There is no connection to the database, or none any more. It has the code of its cause, and a message even where that
 * has none, as some errors of Node.
 */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super(textOf(cause, 'message') || codeOf(cause) || 'unknown error', { cause });
    this.code = codeOf(cause);
  }
}
