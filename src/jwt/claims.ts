import { keyTokenClaims } from '../principal/authenticated-user.js';
import type { JsonObject } from '../support/json.js';
import { isPlainText } from '../support/redact.js';
import { invalidToken, parseJsonObject } from './jws.js';

const maxSubjectLength = 255;
const maxEmailLength = 320;
/** How far the clocks of issuer and verifier may differ (RFC 7519 §4.1.4). */
const clockSkewSeconds = 30;

/** The claims of a token, of the right types but not yet verified. */
export interface Claims {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly subject: string;
  readonly email: string | null;
  /** Wall-clock milliseconds of the `iat`; `undefined` without one. */
  readonly issuedAt: number | undefined;
  /** Wall-clock milliseconds, widened by the clock skew. */
  readonly validFrom: number;
  /** Wall-clock milliseconds, widened by the clock skew, from which the token has expired. */
  readonly validUntil: number;
}

/** Reads the registered claims (RFC 7519 §4.1). Throws `INVALID_TOKEN` if one is missing or has the wrong type. */
export function readClaims(payload: Buffer): Claims {
  const claims = parseJsonObject(payload);
  if (claims === undefined) throw invalidToken('payload is not a JSON object');
  // Whatever its issuer and audience: the token of an exchanged key is not the login of a person.
  if (keyTokenClaims.owner in claims) throw invalidToken('stands for a key and not for a person');
  const { iss, sub } = claims;
  if (typeof iss !== 'string') throw invalidToken('no "iss"');
  if (!isText(sub, maxSubjectLength)) throw invalidToken('no "sub" of 1 to 255 printable characters');
  const expiry = numericDate(claims, 'exp');
  if (expiry === undefined) throw invalidToken('no "exp"');
  const issuedAt = numericDate(claims, 'iat');
  return {
    issuer: iss,
    audiences: audiencesOf(claims),
    subject: sub,
    email: isText(claims.email, maxEmailLength) ? claims.email : null,
    issuedAt: issuedAt === undefined ? undefined : issuedAt * 1000,
    validFrom: ((numericDate(claims, 'nbf') ?? -Infinity) - clockSkewSeconds) * 1000,
    validUntil: (expiry + clockSkewSeconds) * 1000,
  };
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= maxLength && isPlainText(value);
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
