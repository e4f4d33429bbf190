import { createPublicKey } from 'node:crypto';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, keyTokenClaims } from '../principal/authenticated-user.js';
import type { Clock } from '../support/clock.js';
import { isSignedByOneOf, type Jws, parseJws, payloadOf } from '../jwt/jws.js';
import type { IssuerLookup } from '../tool-keys/issuer-lookup.js';
import type { BuiltinIssuer } from './builtin-issuer.js';
import type { IntrospectedToken } from './introspection.schemas.js';
import type { ActClaim, TokenClaims } from './token-claims.js';

const inactive = { active: false } as const;

/** Says whether tokens of the exchange are still good (RFC 7662): also whether the key behind a token is. */
export class TokenIntrospection {
  constructor(
    private readonly issuer: BuiltinIssuer,
    private readonly keys: Pick<IssuerLookup, 'findActive'>,
    private readonly clock: Clock,
  ) {}

  /** `active: false` for every token that is not a good one of the caller's owner (RFC 7662 §2.2). Rejects for a fault. */
  async introspect(user: AuthenticatedUser, token: string): Promise<IntrospectedToken> {
    const claims = this.claimsOf(token);
    if (claims?.[keyTokenClaims.owner] !== user.ownerId) return inactive;
    const holder = holderOf(claims, user);
    if (holder === undefined) return inactive;
    try {
      await this.keys.findActive(holder);
    } catch (error) {
      if (error instanceof AuthError && error.getStatus() < 500) return inactive;
      throw error;
    }
    const { [keyTokenClaims.owner]: _owner, [keyTokenClaims.environment]: _environment, ...shown } = claims;
    return { active: true, token_type: 'Bearer', ...shown };
  }

  /** The claims of a token that this service issued for a key and that has not expired. */
  private claimsOf(token: string): TokenClaims | undefined {
    const jws = parsed(token);
    if (jws?.isAccessToken !== true) return undefined;
    const now = this.clock.now();
    const keys = this.issuer
      .jwksAt(now)
      .keys.filter(({ kid }) => kid === jws.kid)
      .map((jwk) => ({
        algorithm: 'ES256' as const,
        kid: jwk.kid,
        key: createPublicKey({ key: { ...jwk }, format: 'jwk' }),
      }));
    if (!isSignedByOneOf(jws, keys)) return undefined;
    // Signed by us: the claims are those of `tokenClaimsOf`.
    const claims = payloadOf(jws) as unknown as TokenClaims;
    return claims.exp * 1000 > now ? claims : undefined;
  }
}

function parsed(token: string): Jws | undefined {
  try {
    return parseJws(token);
  } catch (error) {
    if (error instanceof AuthError) return undefined;
    throw error;
  }
}

/** The principal of the exchanged key, as far as a check of the key needs it. */
function holderOf(
  { act, client_id: keyId, sub }: Pick<TokenClaims, 'client_id' | 'sub'> & { readonly act?: ActClaim },
  { ownerId }: AuthenticatedUser,
): AuthenticatedUser | undefined {
  const type = act?.sub === keyId ? act?.type : undefined;
  if (keyId === undefined || (type !== 'api_key' && type !== 'tool_key')) return undefined;
  const source = type === 'api_key' ? { type, keyId } : { type, keyId, taskId: '', attempt: 1 };
  const userId = type === 'api_key' && sub !== ownerId ? sub : null;
  return { userId, ownerId, email: null, source, role: null, scopes: [], environment: null, actorChain: [] };
}
