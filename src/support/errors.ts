import { isNativeError } from 'node:util/types';

/** Why something failed, for a log line: the message of the innermost cause, or its code if it has no message. */
export function causeOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (isNativeError(error.cause)) return causeOf(error.cause);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

/** The errors in the environment, one line each. They never contain a value. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The configuration is not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}
