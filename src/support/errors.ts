import { isNativeError } from 'node:util/types';

/** Why something failed, for a log line: the message of the innermost cause, or its code if it has no message. */
export function causeOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (isNativeError(error.cause)) return causeOf(error.cause);
  return error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
}

const mostListed = 5;
const longestListed = 200;

/** A list for a log line, which must not grow with it: the first few, each cut, and how many more there are. */
export function listed(items: readonly string[], most = mostListed): string {
  const cut = (item: string) => (item.length > longestListed ? `${item.slice(0, longestListed)}…` : item);
  const more = items.length > most ? ` and ${items.length - most} more` : '';
  return items.slice(0, most).map(cut).join(', ') + more;
}

/** The errors in the environment, one line each. They never contain a value. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(['The configuration is not usable:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
  }
}
