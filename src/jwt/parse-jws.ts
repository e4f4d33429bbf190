import type { JsonObject } from '../support/json.js';
import { decodeSegment, readJsonObject } from './decode-segment.js';
import { invalidToken } from './invalid-token.js';

const longestToken = 16 * 1024;
const shape = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const acceptedTypes = ['jwt', 'at+jwt'];

/** A JWS in compact form (RFC 7515 §7.1), taken apart and not yet verified. */
export interface Jws {
  /** As the token says it; any text. */
  readonly algorithm: string;
  readonly kid: string | undefined;
  readonly payload: Buffer;
  /** Header and payload as they were signed (RFC 7515 §5.1). */
  readonly signedText: string;
  readonly signature: Buffer;
}

/**
 * Takes a token apart. Throws `INVALID_TOKEN` unless it has at most 16 KiB, the one possible base64url spelling and a
 * header without extensions. Keys and key addresses in the header (`jwk`, `jku`, `x5u`, `x5c`) are not even read.
 */
export function parseJws(token: string): Jws {
  if (token.length > longestToken) throw invalidToken('too long');
  if (!shape.test(token)) throw invalidToken('not three base64url segments');
  const headerEnd = token.indexOf('.');
  const payloadEnd = token.lastIndexOf('.');
  const headerBytes = decodeSegment(token.slice(0, headerEnd));
  const payload = decodeSegment(token.slice(headerEnd + 1, payloadEnd));
  const signature = decodeSegment(token.slice(payloadEnd + 1));
  if (!headerBytes || !payload || !signature) throw invalidToken('base64url is not canonical');
  const { alg, kid } = readHeader(headerBytes);
  return { algorithm: alg, kid, payload, signedText: token.slice(0, payloadEnd), signature };
}

function readHeader(bytes: Buffer): { alg: string; kid: string | undefined } {
  const header = readJsonObject(bytes);
  if (header === undefined) throw invalidToken('header is not a JSON object');
  const { alg, kid } = header;
  if (typeof alg !== 'string') throw invalidToken('header has no "alg"');
  if (kid !== undefined && typeof kid !== 'string')
    throw invalidToken('header has a "kid" that is not a string');
  refuseExtensions(header);
  return { alg, kid };
}

function refuseExtensions({ crit, b64, typ }: JsonObject): void {
  // RFC 7515 §4.1.11: what is critical must be understood, and no extension is.
  if (crit !== undefined) throw invalidToken('header has "crit"');
  // RFC 7797 §6 demands `crit` beside it; without, it would still be read in two ways.
  if (b64 !== undefined && b64 !== true) throw invalidToken('header has "b64"');
  // RFC 8725 §3.11: a token made for another purpose (logout+jwt, dpop+jwt, …) says so here.
  if (typ !== undefined && !isAcceptedType(typ))
    throw invalidToken('header has another "typ" than JWT or at+jwt');
}

/** RFC 7515 §4.1.9: a media type, its `application/` optional, compared without regard to case. */
function isAcceptedType(typ: unknown): boolean {
  return typeof typ === 'string' && acceptedTypes.includes(typ.toLowerCase().replace(/^application\//, ''));
}
