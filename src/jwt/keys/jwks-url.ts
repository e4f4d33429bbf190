import { KeyError } from './key-error.js';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A URL that keys may be fetched from: https, or http to this machine. Throws {@link KeyError} that names `setBy`. */
export function readJwksUrl(text: string, setBy: string): URL {
  if (!URL.canParse(text)) throw new KeyError(`${setBy}: the JWKS URL is not an absolute URL.`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.test(url.hostname))) {
    throw new KeyError(`${setBy}: the JWKS URL must be https (http for a loopback host only).`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new KeyError(`${setBy}: the JWKS URL must not hold a user name or a password.`);
  }
  return url;
}
