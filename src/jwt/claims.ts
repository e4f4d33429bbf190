import { keyTokenClaims } from '../principal/authenticated-user.js';
import type { JsonObject } from '../support/json.js';
import { isPlainText } from '../support/redact.js';
import { invalidToken } from './jws.js';

const maxIdentifierLength = 255;
const maxEmailLength = 320;
/** How far the clocks of issuer and verifier may differ (RFC 7519 §4.1.4). */
export const clockSkewSeconds = 30;

/** The last time that RFC 3339 can state, epoch milliseconds. */
const latestDate = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** The claims of a token, of the right types but not yet verified. */
export interface Claims {
  readonly issuer: string;
  /** Empty without `aud`. */
  readonly audiences: readonly string[];
  readonly subject: string;
  readonly email: string | null;
  /** Wall-clock milliseconds of the `iat`; `undefined` without one. */
  readonly issuedAt: number | undefined;
  /** Wall-clock milliseconds, widened by the clock skew. */
  readonly validFrom: number;
  /** Wall-clock milliseconds, widened by the clock skew, from which the token has expired. */
  readonly validUntil: number;
  /** `exp` itself, wall-clock milliseconds, at most the end of the year 9999. */
  readonly expiresAt: number;
  /** OpenID Connect says that it is an ID token, which is meant for a client and not for an API. */
  readonly isIdToken: boolean;
  /** As they were signed. */
  readonly all: JsonObject;
}

/**
 * Reads the registered claims (RFC 7519 §4.1). Throws `INVALID_TOKEN` if one is missing or has the wrong type, and for a
 * token that was not issued to be sent alone in a request.
 */
export function readClaims(claims: JsonObject): Claims {
  rejectOtherPurposes(claims);
  // Whatever its issuer and audience: the token of an exchanged key is not the login of a person.
  if (keyTokenClaims.owner in claims) throw invalidToken('stands for a key and not for a person');
  const { iss, sub } = claims;
  if (typeof iss !== 'string') throw invalidToken('no "iss"');
  if (!isIdentifier(sub)) throw invalidToken('no "sub" of 1 to 255 printable characters');
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
    expiresAt: Math.min(expiry * 1000, latestDate),
    isIdToken: isIdToken(claims),
    all: claims,
  };
}

/** Tokens that prove nothing about the sender when they are sent as a bearer token. */
function rejectOtherPurposes(claims: JsonObject): void {
  // RFC 7800 §3: the sender must prove to have a key, as with DPoP (RFC 9449 §7.2) or mutual TLS (RFC 8705 §3).
  if (claims.cnf !== undefined)
    throw invalidToken('is bound to a key of its sender ("cnf"), which is not verified');
  // RFC 8417 §2.2, and the logout tokens of OpenID Connect Back-Channel Logout §2.4.
  if (claims.events !== undefined) throw invalidToken('is about an event, such as a logout ("events")');
  if (otherUses.has(useOf(claims.typ)) || otherUses.has(useOf(claims.token_use)))
    throw invalidToken('is a refresh or logout token');
}

/** As Keycloak names them in `typ`. */
const otherUses: ReadonlySet<unknown> = new Set(['refresh', 'offline', 'logout']);

/** OpenID Connect Core §2 and §3.3.2.11, `typ` of Keycloak, `token_use` of Cognito. Others are told by audience alone. */
function isIdToken(claims: JsonObject): boolean {
  const has = (name: string) => claims[name] !== undefined;
  if (['at_hash', 'c_hash', 's_hash'].some(has)) return true;
  const uses = [useOf(claims.typ), useOf(claims.token_use)];
  if (uses.includes('id')) return true;
  // Keycloak before version 24 puts the nonce into its access tokens too.
  const isForApi = uses.includes('bearer') || uses.includes('access') || forApi.some(has);
  return has('nonce') && !isForApi;
}

/** Claims of access tokens only. */
const forApi = ['client_id', 'scope', 'scp', 'permissions'];

function useOf(claim: unknown): unknown {
  return typeof claim === 'string' ? claim.toLowerCase() : claim;
}

/** Whether `value` can name a user, a client or an actor: 1 to 255 printable characters. */
export function isIdentifier(value: unknown): value is string {
  return isText(value, maxIdentifierLength);
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
  if (aud === undefined) return [];
  if (typeof aud === 'string') return [aud];
  if (!Array.isArray(aud) || !aud.every((one) => typeof one === 'string')) {
    throw invalidToken('"aud" is neither a string nor a list of strings');
  }
  return aud;
}
