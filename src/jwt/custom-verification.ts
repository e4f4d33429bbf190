import { addressGroupOf } from '../limits/failing-address.js';
import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { ExtensionCalls } from '../support/extension-calls.js';
import { findExcess, isJsonObject, type JsonObject } from '../support/json.js';
import type { TokenClaims } from './delegation.js';

/**
 * Verifies a token of one issuer in the application. Returns its claims with `exp` and `sub`, or `undefined` for a bad token:
 * 401. `request` says where the token comes from; it has no headers, as the answer may be cached and is then used for other
 * requests. The errors by which jsonwebtoken and jose reject a token, and an `AuthError` of 401, are 401 too. To throw anything
 * else, or to take more than 3 s, is a 503.
 */
export type VerifyToken = (
  token: string,
  request: RequestOrigin,
) => Promise<TokenClaims | null | undefined> | TokenClaims | null | undefined;

/** For an issuer with `verify`. */
export interface CustomVerificationOptions {
  /** Tokens without `iss` whose header says HS256, HS384 or HS512 are verified by it. At most one issuer has it. */
  readonly hmac?: boolean;
  /** What its tokens begin with that are not JWTs, such as `sess_`: 3 to 32 of `A-Za-z0-9_.-`, a lower-case letter first. */
  readonly opaquePrefix?: string;
  /**
   * How many seconds a valid token is cached, never beyond its `exp`, without another call; at most 3600, by default 0. A
   * token that is revoked elsewhere stays valid that long.
   */
  readonly rememberedForSeconds?: number;
}

const mostAtOnce = 100;
const claimsBounds = { characters: 65_536, depth: 20, members: 2_000 };
const longestSeconds = 3_600;
const prefixShape = /^[a-z][\w.-]{2,31}$/;
/** How a JSON object begins in base64url. */
const jwtStart = /^e[w-z0-3]/;

/**
 * The `verify` of one issuer. At most 100 calls run at once, and each is waited for 3 s. The calls of one address (IPv6: /64)
 * never outnumber the places left, so that other addresses can call it too.
 */
export class CustomVerification {
  private readonly running = new Map<string, number>();
  private placesLeft = mostAtOnce;

  constructor(
    private readonly issuer: string,
    private readonly verify: VerifyToken,
    private readonly calls: ExtensionCalls,
  ) {}

  /** The claims, not yet checked. Rejects with `INVALID_TOKEN`, `EXPIRED_TOKEN` or `AUTH_UNAVAILABLE`. */
  async claimsOf(token: string, origin: RequestOrigin): Promise<JsonObject> {
    const address = addressGroupOf(origin.ip);
    const ofAddress = this.running.get(address) ?? 0;
    if (ofAddress >= this.placesLeft)
      throw new AuthError('AUTH_UNAVAILABLE', { message: busy, cause: `verify of ${this.issuer} is busy` });
    this.take(address, 1);
    try {
      const name = `verify of ${this.issuer}`;
      const answer = await this.calls.call(name, () => this.ask(token, origin), { secret: token });
      if (answer instanceof AuthError) throw answer;
      return answer;
    } finally {
      this.take(address, -1);
    }
  }

  private take(address: string, places: 1 | -1): void {
    const taken = (this.running.get(address) ?? 0) + places;
    if (taken === 0) this.running.delete(address);
    else this.running.set(address, taken);
    this.placesLeft -= places;
  }

  private async ask(token: string, origin: RequestOrigin): Promise<JsonObject | AuthError> {
    const rejection = (code: ErrorCode) => new AuthError(code, { cause: `verify of ${this.issuer}` });
    try {
      const claims = (await this.verify(token, origin)) ?? undefined;
      return claims === undefined ? rejection('INVALID_TOKEN') : copyOf(claims);
    } catch (error) {
      const code = rejectionCodeOf(error);
      // What it says beside the code may hold anything.
      if (code !== undefined) return rejection(code);
      throw error;
    }
  }
}

/** Claims of the application may leave out what is known, and have a number as `sub`. */
export function completeClaims(claims: JsonObject, issuer: string): JsonObject {
  const { iss = issuer, aud = [], sub } = claims;
  return { ...claims, iss, aud, sub: Number.isSafeInteger(sub) ? String(sub) : sub };
}

const busy = 'The caller cannot be identified at the moment.';

/** As JSON, so that nothing of the application changes it afterwards. */
function copyOf(claims: unknown): JsonObject {
  if (!isJsonObject(claims)) throw new Error('It returned no object with claims.');
  const excess = findExcess(claims, claimsBounds);
  if (excess !== undefined) throw new Error(`It returned claims beyond the bound of ${excess}.`);
  return JSON.parse(JSON.stringify(claims)) as JsonObject;
}

/** By the names and codes of jsonwebtoken and jose. */
const rejectionCodes: Readonly<Record<string, ErrorCode>> = {
  TokenExpiredError: 'EXPIRED_TOKEN',
  JsonWebTokenError: 'INVALID_TOKEN',
  NotBeforeError: 'INVALID_TOKEN',
  ERR_JWT_EXPIRED: 'EXPIRED_TOKEN',
  ERR_JWT_INVALID: 'INVALID_TOKEN',
  ERR_JWT_CLAIM_VALIDATION_FAILED: 'INVALID_TOKEN',
  ERR_JWS_INVALID: 'INVALID_TOKEN',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'INVALID_TOKEN',
  ERR_JOSE_ALG_NOT_ALLOWED: 'INVALID_TOKEN',
  ERR_JOSE_NOT_SUPPORTED: 'INVALID_TOKEN',
  ERR_JWKS_NO_MATCHING_KEY: 'INVALID_TOKEN',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'INVALID_TOKEN',
};

/** How jsonwebtoken says, by the error of a bad token, that the application called it wrongly or could not fetch its key. */
const faultOfApplication =
  /^(?:secret or public key must|error in secret or public key|verify must be called|secretOrPublicKey is not valid)/;

function rejectionCodeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof AuthError) return error.getStatus() === 401 ? error.code : undefined;
  if (!(error instanceof Error) || faultOfApplication.test(error.message)) return undefined;
  const { code } = error as { code?: unknown };
  const known = [code, error.name].find(
    (one) => typeof one === 'string' && Object.hasOwn(rejectionCodes, one),
  );
  return rejectionCodes[known as string];
}

/** Throws an `Error` for invalid options. `setBy` names them. */
export function checkCustomVerification(
  options: CustomVerificationOptions & { readonly verify?: unknown },
  setBy: string,
): void {
  const { verify, hmac, opaquePrefix, rememberedForSeconds } = options;
  const given = Object.entries({ hmac, opaquePrefix, rememberedForSeconds });
  const [needless] = given.find(([, value]) => value !== undefined) ?? [];
  if (verify === undefined && needless !== undefined)
    throw new Error(`${setBy}: ${needless} is for an issuer with verify.`);
  if (verify !== undefined && typeof verify !== 'function')
    throw new Error(`${setBy}: verify must be a function (token, request) => claims.`);
  if (!['boolean', 'undefined'].includes(typeof hmac))
    throw new Error(`${setBy}: hmac must be true or false.`);
  const isPrefix = typeof opaquePrefix === 'string' && prefixShape.test(opaquePrefix);
  if (opaquePrefix !== undefined && (!isPrefix || jwtStart.test(opaquePrefix)))
    throw new Error(
      `${setBy}: opaquePrefix must be 3 to 32 of A-Z, a-z, 0-9, _, . and -, a lower-case letter first, and not begin as a JWT does.`,
    );
  const seconds = rememberedForSeconds ?? 0;
  if (!(typeof seconds === 'number' && seconds >= 0 && seconds <= longestSeconds))
    throw new Error(`${setBy}: rememberedForSeconds must be 0 to ${longestSeconds}.`);
}

/** Throws an `Error` if a token could also be one of another issuer, or a key. `heads` is what keys begin with. */
export function requireDistinctPrefixes(
  issuers: readonly CustomVerificationOptions[],
  heads: readonly string[],
): void {
  const taken = [...heads];
  for (const { opaquePrefix } of issuers) {
    if (opaquePrefix === undefined) continue;
    const other = taken.find((one) => one.startsWith(opaquePrefix) || opaquePrefix.startsWith(one));
    if (other !== undefined)
      throw new Error(`opaquePrefix "${opaquePrefix}" cannot be told from "${other}": choose another one.`);
    taken.push(opaquePrefix);
  }
}
