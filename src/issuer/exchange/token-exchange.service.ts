import { v7 } from 'uuid';
import { AuditTrail } from '../../audit/audit-trail.js';
import { Database } from '../../database/database.js';
import { requireActive } from '../../identity/accounts.service.js';
import { ancestorsEnd } from '../../key-store/tool-key.state.js';
import { AuthError } from '../../principal/auth-error.js';
import {
  type AuthenticatedUser,
  keyIdOf,
  keyTokenClaims,
  type RequestOrigin,
} from '../../principal/authenticated-user.js';
import type { Clock } from '../../support/clock.js';
import { requireGrant, unbounded } from '../../principal/grants.js';
import type { Scope } from '../../principal/scopes.js';
import type { Issuer, IssuerLookup } from '../../tool-keys/issuer-lookup.js';
import { type RefusalRecorder, subjectOf } from '../../usage/refusal-recorder.js';
import { BuiltinIssuer } from '../builtin/builtin-issuer.js';
import { actOf } from './act-claim.js';
import type { Audiences } from './audiences.js';
import { type ExchangedToken, jwtType, type TokenRequest, usualTokenSeconds } from './exchange.schemas.js';
import { scopesFor } from './scopes-for.js';

/** What a token is about, apart from who bears it. */
interface Terms {
  readonly audience: string;
  readonly scopes: readonly Scope[];
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly jti: string;
}

/** Exchanges keys for short-lived tokens (RFC 8693) that other services verify by themselves. */
export class TokenExchange {
  constructor(
    private readonly issuer: BuiltinIssuer,
    private readonly audiences: Audiences,
    private readonly keys: IssuerLookup,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly refusals: RefusalRecorder,
    private readonly clock: Clock,
  ) {}

  /**
   * A token for the audience with no more scopes and no more time than the key has, and the event that tells of it in
   * one transaction. Throws `VALIDATION_FAILED`, `INSUFFICIENT_SCOPE`, or the 401 of a key that has ended meanwhile.
   */
  async exchange(
    user: AuthenticatedUser,
    wish: TokenRequest,
    origin: RequestOrigin | null,
  ): Promise<ExchangedToken> {
    try {
      return await this.tryToExchange(user, wish, origin);
    } catch (error) {
      if (error instanceof AuthError && error.getStatus() < 500)
        this.refusals.note({
          subject: subjectOf(user),
          reason: error.code,
          kind: 'exchange',
          actor: { user, origin },
          details: { refused: 'exchange', audience: wish.audience },
        });
      throw error;
    }
  }

  private async tryToExchange(
    user: AuthenticatedUser,
    wish: TokenRequest,
    origin: RequestOrigin | null,
  ): Promise<ExchangedToken> {
    this.audiences.require(wish.audience);
    const scopes = scopesFor(user.scopes, wish.scope);
    const key = await this.keys.find(user);
    const now = this.clock.now();
    const issuedAt = Math.floor(now / 1000);
    const seconds = wish.ttlSeconds ?? wish.expires_in ?? usualTokenSeconds;
    const expiresAt = Math.min(issuedAt + seconds, Math.floor(endOf(key) / 1000));
    if (expiresAt <= issuedAt) throw overAlready(user);
    requireTokenWithin(user, key, scopes, expiresAt * 1000);
    const terms = { audience: wish.audience, scopes, issuedAt, expiresAt, jti: v7() };
    const token = this.issuer.sign('at+jwt', claimsOf(user, terms), now);
    await this.database.write(
      async (manager) => {
        await requireActive(manager, user.ownerId, key.userId);
        await this.audit.record(manager, { user, origin }, eventOf(user, key, terms));
      },
      { owner: user.ownerId },
    );
    return {
      access_token: token,
      issued_token_type: jwtType,
      token_type: 'Bearer',
      expires_in: expiresAt - issuedAt,
      scope: scopes.join(' '),
    };
  }
}

/** A token is verified elsewhere, where nobody asks for networks and limits: these are not passed on. */
function requireTokenWithin(
  { ownerId, source, scopes: held, environment }: AuthenticatedUser,
  key: Issuer,
  scopes: readonly Scope[],
  expiresAt: number,
): void {
  const bounds = { ...unbounded, environment };
  const granter = { ...bounds, ownerId, source, scopes: held, expiresAt: endOf(key) };
  requireGrant(granter, { ...bounds, ownerId, role: null, scopes, expiresAt }, (path) =>
    path === 'scopes' ? 'scope' : path,
  );
}

/** The claims of RFC 9068 §2.2, and ours. It is about the user only where the key acts as that user: a tool key never does. */
function claimsOf(user: AuthenticatedUser, { audience, scopes, issuedAt, expiresAt, jti }: Terms): object {
  const { source, ownerId, environment, actorChain } = user;
  const sub = user.userId ?? ownerId;
  return {
    iss: BuiltinIssuer.issuer,
    aud: audience,
    sub,
    client_id: keyIdOf(source),
    scope: scopes.join(' '),
    act: actOf(actorChain, sub),
    [keyTokenClaims.owner]: ownerId,
    ...(environment === null ? {} : { [keyTokenClaims.environment]: environment }),
    jti,
    iat: issuedAt,
    exp: expiresAt,
  };
}

/** When the key ends, or what is above it, unless it beats: epoch milliseconds. */
function endOf({ expiresAt, parent }: Issuer): number {
  const end = expiresAt ?? Infinity;
  return parent === null ? end : Math.min(end, parent.endsAt, ancestorsEnd(parent));
}

function eventOf(user: AuthenticatedUser, { userId }: Issuer, terms: Terms) {
  const { audience, scopes, expiresAt, jti } = terms;
  const details = { audience, scopes, expiresAt: new Date(expiresAt * 1000), jti };
  return { type: 'exchanged', ...subjectOf(user), userId, details } as const;
}

/** No whole second is left of it. */
function overAlready({ source, ownerId, userId }: AuthenticatedUser): AuthError {
  if (!('keyId' in source)) return new AuthError('FORBIDDEN');
  const key = { type: source.type, id: source.keyId, ownerId, userId } as const;
  return new AuthError(source.type === 'tool_key' ? 'INVALID_TOOL_KEY' : 'INVALID_API_KEY', {
    cause: { outcome: 'EXPIRED', key },
  });
}
