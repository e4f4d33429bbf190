import { UsageError } from '../commands/command.js';
import { isLoopback } from './addresses.js';

/** The URL of an option or argument, which is never repeated. Throws a `UsageError` for anything but an http or https URL. */
export function givenUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`${name}: must be a URL such as https://api.example.com`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`${name}: must not contain a user name or password`);
  if (url.hash !== '') throw new UsageError(`${name}: must not contain a fragment`);
  return url;
}

/** The same for a URL that a credential is sent to. */
export function givenSecureUrl(name: string, text: string): URL {
  const url = givenUrl(name, text);
  if (url.protocol === 'http:' && !isLoopback(url))
    throw new UsageError(
      `${name}: must be https, as a credential is sent there; http is only for this machine`,
    );
  return url;
}
