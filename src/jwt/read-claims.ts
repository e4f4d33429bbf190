import { keyTokenClaims } from '../principal/authenticated-user.js';
import { isPlainText } from '../support/redact.js';
import type { JsonObject } from '../support/json.js';
import { readJsonObject } from './decode-segment.js';
import { invalidToken } from './invalid-token.js';

const longestSubject = 255;
const longestEmail = 320;
/** Seconds that the clocks of issuer and verifier may differ (RFC 7519 §4.1.4). */
const clockSkew = 30;

/** The claims of a token that is not yet verified, of the right types. */
export interface Claims {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly subject: string;
  readonly email: string | null;
  /** Wall-clock milliseconds, widened by the clock skew. */
  readonly validFrom: number;
  /** Wall-clock milliseconds, widened by the clock skew; from then on the token has expired. */
  readonly validUntil: number;
}

/** Reads the registered claims (RFC 7519 §4.1). Throws `INVALID_TOKEN` when one is missing or of another type. */
export function readClaims(payload: Buffer): Claims {
  const claims = readJsonObject(payload);
  if (claims === undefined) throw invalidToken('payload is not a JSON object');
  // Whoever issued it, and for whom: an exchanged key is not the login of a person.
  if (keyTokenClaims.owner in claims) throw invalidToken('stands for a key and not for a person');
  const { iss, sub } = claims;
  if (typeof iss !== 'string') throw invalidToken('no "iss"');
  if (!isText(sub, longestSubject)) throw invalidToken('no "sub" of 1 to 255 printable characters');
  const expiry = numericDate(claims, 'exp');
  if (expiry === undefined) throw invalidToken('no "exp"');
  numericDate(claims, 'iat');
  return {
    issuer: iss,
    audiences: audiencesOf(claims),
    subject: sub,
    email: isText(claims.email, longestEmail) ? claims.email : null,
    validFrom: ((numericDate(claims, 'nbf') ?? -Infinity) - clockSkew) * 1000,
    validUntil: (expiry + clockSkew) * 1000,
  };
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest && isPlainText(value);
}

/** RFC 7519 §2: seconds since 1970, fractions allowed. JSON can spell infinity (1e999), which is no date. */
function numericDate(claims: JsonObject, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name];
  if (value !== undefined && !Number.isFinite(value)) throw invalidToken(`"${name}" is not a number`);
  return value as number | undefined;
}

function audiencesOf({ aud }: JsonObject): readonly string[] {
  if (typeof aud === 'string') return [aud];
  if (!Array.isArray(aud) || !aud.every((one) => typeof one === 'string')) {
    throw invalidToken('"aud" is neither a string nor a list of strings');
  }
  return aud;
}
