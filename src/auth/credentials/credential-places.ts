import type { HttpRequest } from '../../http/http-request.js';
import type { CredentialPlace } from '../custom/custom-credential.js';

/** True for a header that was sent more than once. Node joins some and drops others of them, so the raw ones are counted. */
export function isRepeated(request: HttpRequest, name: string): boolean {
  const raw = request.rawHeaders ?? request.raw?.rawHeaders ?? [];
  let seen = 0;
  for (let index = 0; index < raw.length; index += 2) {
    const sent = raw[index] as string;
    if (sent.length === name.length && sent.toLowerCase() === name) seen += 1;
  }
  return seen > 1;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The key in what follows `Basic` (RFC 7617 §2): the password, or the user name where the password is empty. Empty for
 * what is not the base64 of UTF-8 with a colon in it, which is a bad credential and not an absent one.
 */
export function keyInBasic(encoded: string): string {
  const text = decode(encoded);
  const colon = text.indexOf(':');
  if (colon === -1) return '';
  return text.slice(colon + 1) || text.slice(0, colon);
}

/** Buffer skips what is no base64: only one spelling of each text counts. */
function decode(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.toString('base64') !== encoded) return '';
  try {
    return utf8.decode(bytes);
  } catch {
    return '';
  }
}

/** What a request carries there, exactly as sent; `null` when it was sent more than once, `undefined` when it was not. */
export function readCustomCredential(
  request: HttpRequest,
  place: CredentialPlace,
): string | null | undefined {
  if (place.cookie !== undefined) return cookieOf(headerOf(request, 'cookie'), place.cookie);
  if (place.header !== undefined) return headerOf(request, place.header.toLowerCase());
  return afterScheme(headerOf(request, 'authorization'), place.scheme);
}

const schemesOfBrowsers: readonly string[] = ['basic', 'digest', 'negotiate', 'ntlm'];

/** Whether browsers know the place, and send by themselves what was once entered or set there. */
export function isSentByBrowsers({ cookie, scheme }: CredentialPlace): boolean {
  return cookie !== undefined || (scheme !== undefined && schemesOfBrowsers.includes(scheme.toLowerCase()));
}

function headerOf(request: HttpRequest, name: string): string | null | undefined {
  const sent = request.headers[name];
  if (sent === undefined) return undefined;
  // RFC 9113 §8.2.3: a client may send several fields of cookies, which Node makes one.
  if (name !== 'cookie' && isRepeated(request, name)) return null;
  return typeof sent === 'string' ? sent : null;
}

/** RFC 9110 §11.4: a scheme is matched without regard to case. */
function afterScheme(authorization: string | null | undefined, scheme: string): string | null | undefined {
  if (typeof authorization !== 'string') return authorization;
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme.toLowerCase()) return undefined;
  const rest = authorization.slice(scheme.length);
  if (rest !== '' && !rest.startsWith(' ')) return undefined;
  let start = 0;
  while (rest.charCodeAt(start) === 0x20) start += 1;
  return rest.slice(start);
}

/** RFC 6265 §4.2.1. */
function cookieOf(cookies: string | null | undefined, name: string): string | null | undefined {
  if (typeof cookies !== 'string') return cookies;
  const values = cookies
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length > 1 ? null : values[0];
}
