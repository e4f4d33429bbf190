import type { AuthError } from '../principal/auth-error.js';
import { hasWildcard, isScope, type Scope, sharedScopes } from '../principal/scopes.js';
import { isJsonObject, type JsonObject } from '../support/json.js';
import { isIdentifier } from './claims.js';
import { invalidToken } from './jws.js';

const mostScopes = 500;
/** What two lists share is a product of these. */
const mostWildcards = 20;
const mostActors = 8;
/** Where a token lists its scopes: RFC 8693 §4.2, Entra and Okta, Auth0. */
const scopeClaims = ['scope', 'scp', 'permissions'] as const;
export const clientClaims = ['azp', 'cid', 'appid'] as const;
export const boundedModes = ['enforce', 'warn'] as const;

/** The claims of a token, as its issuer signed them. */
export type TokenClaims = Readonly<Record<string, unknown>>;

/** How the tokens of an issuer are bounded. */
export interface DelegationOptions {
  /**
   * True: every token of this issuer carries all rights of its user, whatever scopes and client it names. Only for an
   * issuer that no client of others can get a token from. False by default.
   */
  readonly firstParty?: boolean;
  /**
   * The clients whose tokens carry all rights of their user. The id of a public client is no secret: any application on
   * the user's device can use it (RFC 8252 §8.6).
   */
  readonly firstPartyClients?: readonly string[];
  /**
   * A claim that names the client where a token has no `client_id`: `azp` for Auth0, Keycloak and Entra, `cid` for Okta,
   * `appid` for Entra's version 1. None by default, as the `azp` of Clerk is an origin. A token in which it differs from
   * `client_id` is rejected.
   */
  readonly clientClaim?: (typeof clientClaims)[number];
  /**
   * Returns the scopes that a token is bounded to, for issuers that spell them otherwise; `undefined` to read the claims
   * as usual. Words that are not scopes are ignored. Called for verified tokens of clients that are not first-party.
   * Must not be async. If it throws, the request is answered with 503.
   */
  readonly mapScopes?: (claims: TokenClaims) => readonly string[] | undefined;
  /** `warn`: tokens are not bounded, and the log names the clients whose tokens would be. `enforce` by default. */
  readonly bounded?: (typeof boundedModes)[number];
}

/** On whose behalf, and for what, a token was issued. */
export interface Delegation {
  /** The client it was issued to; `null` if it names none. */
  readonly clientId: string | null;
  /** What it is bounded to; `null` for a token with all rights of its user. */
  readonly scopes: readonly Scope[] | null;
  /** Those who act for the subject (RFC 8693 §4.1), the first of them first. */
  readonly actors: readonly string[];
}

/** A function of the options has thrown, or returned what it must not; `cause` is what it threw. */
export class MappingError extends Error {
  constructor(
    readonly option: 'mapScopes' | 'person' | 'tenants',
    cause: unknown,
  ) {
    super(`${option} failed: ${cause instanceof Error ? cause.name : typeof cause}`, { cause });
  }
}

/** Reads the delegation of a verified token. Throws `INVALID_TOKEN`, or a `MappingError`. */
export function delegationOf(
  claims: TokenClaims,
  isAccessToken: boolean,
  options: DelegationOptions,
): Delegation {
  const clientId = clientOf(claims, options.clientClaim);
  const actors = actorsOf(claims.act);
  const isDelegated = isAccessToken || clientId !== null;
  const scopes = isFirstParty(clientId, options) ? null : boundsOf(claims, isDelegated, options);
  return { clientId, scopes, actors };
}

/** Throws an `Error` for invalid options. `setBy` names them. */
export function checkDelegationOptions(options: DelegationOptions, setBy: string): void {
  const { firstParty, firstPartyClients = [], clientClaim, mapScopes, bounded } = options;
  const problem =
    problemIf(!isOneOf(firstParty, [true, false]), 'firstParty must be true or false') ??
    problemIf(
      !Array.isArray(firstPartyClients) || !firstPartyClients.every(isIdentifier),
      'firstPartyClients must be a list of client ids of 1 to 255 printable characters',
    ) ??
    problemIf(!isOneOf(clientClaim, clientClaims), `clientClaim must be ${clientClaims.join(', ')}`) ??
    problemIf(mapScopes !== undefined && typeof mapScopes !== 'function', 'mapScopes must be a function') ??
    problemIf(!isOneOf(bounded, boundedModes), `bounded must be ${boundedModes.join(' or ')}`);
  if (problem !== undefined) throw new Error(`${setBy}: ${problem}.`);
}

function problemIf(isWrong: boolean, problem: string): string | undefined {
  return isWrong ? problem : undefined;
}

function isOneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return value === undefined || allowed.includes(value);
}

function isFirstParty(clientId: string | null, { firstParty, firstPartyClients = [] }: DelegationOptions) {
  return firstParty === true || (clientId !== null && firstPartyClients.includes(clientId));
}

/** The client that a token names; `null` if it names none. Throws `INVALID_TOKEN` for two that differ. */
export function clientOf(claims: TokenClaims, claim: DelegationOptions['clientClaim']): string | null {
  const named = identifierIn(claims, 'client_id');
  const other = claim === undefined ? null : identifierIn(claims, claim);
  if (named !== null && other !== null && named !== other)
    throw invalidToken(`"client_id" and "${claim}" differ`);
  return named ?? other;
}

function identifierIn(claims: TokenClaims, name: 'client_id' | (typeof clientClaims)[number]): string | null {
  const value = claims[name];
  if (value === undefined) return null;
  if (!isIdentifier(value)) throw invalidToken(`"${name}" is not 1 to 255 printable characters`);
  return value;
}

/** A token with several of the claims is bounded to what all of them say. */
function boundsOf(
  claims: TokenClaims,
  isDelegated: boolean,
  { mapScopes }: DelegationOptions,
): readonly Scope[] | null {
  const mapped = mapScopes && mapWith(mapScopes, claims);
  if (mapped !== undefined) return scopesAmong(mapped);
  const named = scopeClaims.filter((name) => claims[name] !== undefined);
  if (named.length === 0) return isDelegated ? [] : null;
  const shared = named.map((name) => scopesAmong(wordsOf(claims[name]))).reduce(sharedScopes);
  if (shared.length > mostScopes) throw tooMany(`${mostScopes} scopes`);
  return shared;
}

/** Whatever the application throws is its fault, also an error of this package: it is no answer about the token. */
function mapWith(
  mapScopes: NonNullable<DelegationOptions['mapScopes']>,
  claims: TokenClaims,
): readonly unknown[] | undefined {
  try {
    return listFrom(mapScopes(claims));
  } catch (error) {
    throw new MappingError('mapScopes', error);
  }
}

/** TypeScript accepts a function of any other type from JavaScript, and an async one with a cast. */
function listFrom(mapped: unknown): readonly unknown[] | undefined {
  if (mapped instanceof Promise) mapped.catch(() => undefined);
  if (mapped !== undefined && !Array.isArray(mapped)) throw new TypeError('it returned no list of scopes');
  return mapped;
}

/** A claim of any other type grants nothing. */
function wordsOf(claim: unknown): readonly unknown[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim : [];
}

/** Others, such as `openid`, are of no concern here. */
function scopesAmong(words: readonly unknown[]): readonly Scope[] {
  const scopes = words.filter((word): word is Scope => typeof word === 'string' && isScope(word));
  if (scopes.length > mostScopes) throw tooMany(`${mostScopes} scopes`);
  const unique = [...new Set(scopes)];
  if (unique.filter(hasWildcard).length > mostWildcards)
    throw tooMany(`${mostWildcards} scopes with wildcards`);
  return unique;
}

function tooMany(what: string): AuthError {
  return invalidToken(`more than ${what}`);
}

/** The current actor is outermost, with those before it nested inside. */
function actorsOf(act: unknown): readonly string[] {
  const actors: string[] = [];
  for (let actor = act; actor !== undefined; actor = (actor as JsonObject).act) {
    const id = isJsonObject(actor) ? (actor.sub ?? actor.client_id) : undefined;
    if (!isIdentifier(id)) throw invalidToken('"act" names no actor by "sub" or "client_id"');
    if (actors.unshift(id) > mostActors) throw invalidToken(`more than ${mostActors} actors in "act"`);
  }
  return actors;
}
