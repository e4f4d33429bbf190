import {
  type ActorLink,
  type AuthenticatedUser,
  keyIdOf,
  keyTokenClaims,
} from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';

/** What a token says beside its bearer. */
export interface TokenTerms {
  readonly issuer: string;
  readonly audience: string;
  readonly scopes: readonly Scope[];
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jti: string;
}

/** The actor and, nested, those on whose behalf it acts (RFC 8693 §4.1). */
export interface ActClaim {
  readonly sub: string;
  readonly type: ActorLink['type'];
  /** What kind of entity it is (draft-mora-oauth-entity-profiles); absent if that is not known. */
  readonly sub_profile?: string;
  readonly act?: ActClaim;
}

/** The claims of a token that a key was exchanged for. */
export interface TokenClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly client_id: string | undefined;
  readonly scope: string;
  readonly act: ActClaim | undefined;
  readonly [keyTokenClaims.owner]: string;
  readonly [keyTokenClaims.environment]?: string;
  readonly jti: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
}

const profiles: Partial<Record<ActorLink['type'], string>> = {
  user: 'user',
  api_key: 'service',
  tool_key: 'ai_agent',
};

/**
 * The claims of RFC 9068 §2.2, and those for keys. The subject is the user only if the key acts as that user, which a tool
 * key never does.
 */
export function tokenClaimsOf(user: AuthenticatedUser, terms: TokenTerms): TokenClaims {
  const { issuer, audience, scopes, issuedAt, expiresAt, jti } = terms;
  const { source, ownerId, environment, actorChain } = user;
  const sub = user.userId ?? ownerId;
  return {
    iss: issuer,
    aud: audience,
    sub,
    client_id: keyIdOf(source),
    scope: scopes.join(' '),
    act: actClaimOf(actorChain, sub),
    [keyTokenClaims.owner]: ownerId,
    ...(environment === null ? {} : { [keyTokenClaims.environment]: environment }),
    jti,
    iat: issuedAt,
    exp: expiresAt,
  };
}

/** The chain as nested claims, the current actor outermost. The subject of the token is left out. */
export function actClaimOf(chain: readonly ActorLink[], subject: string): ActClaim | undefined {
  return chain
    .filter(({ type, id }) => type !== 'user' || id !== subject)
    .reduce<ActClaim | undefined>((act, { type, id }) => {
      const profile = profiles[type];
      return {
        sub: id,
        type,
        ...(profile !== undefined && { sub_profile: profile }),
        ...(act !== undefined && { act }),
      };
    }, undefined);
}
