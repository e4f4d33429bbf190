import { subjectOfPrincipal } from '../audit/audit-event.js';
import { v7 } from 'uuid';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { requireActive } from '../identity/active-holders.js';
import { ancestorsEnd } from '../key-store/tool-key.state.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { requireGrant, unbounded } from '../principal/grants.js';
import { isScope, type Scope, scopeRule } from '../principal/scopes.js';
import type { Clock } from '../support/clock.js';
import type { Issuer, IssuerLookup } from '../tool-keys/issuer-lookup.js';
import type { KeyUsage } from '../usage/key-usage.js';
import type { RejectionRecorder } from '../usage/sampled-events.js';
import { BuiltinIssuer } from './builtin-issuer.js';
import { defaultTokenSeconds, type ExchangedToken, jwtType, type TokenRequest } from './exchange.schemas.js';
import { ExchangeError } from './oauth-error.js';
import { tokenClaimsOf, type TokenTerms } from './token-claims.js';

const maxScopes = 100;

/** Exchanges keys for short-lived tokens (RFC 8693) that other services verify on their own. */
export class TokenExchange {
  constructor(
    private readonly issuer: BuiltinIssuer,
    /** The audiences that keys may be exchanged for; `null` for any but this service. */
    private readonly audiences: readonly string[] | null,
    private readonly keys: IssuerLookup,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly rejections: RejectionRecorder,
    private readonly usage: KeyUsage,
    private readonly clock: Clock,
  ) {}

  /**
   * Issues a token for the audience with at most the scopes and the remaining time of the key, and records the event.
   * Throws `VALIDATION_FAILED`, `INSUFFICIENT_SCOPE`, or the 401 of a key that has ended meanwhile.
   */
  async exchange(
    user: AuthenticatedUser,
    request: TokenRequest,
    origin: RequestOrigin | null,
  ): Promise<ExchangedToken> {
    try {
      return await this.issue(user, request, origin);
    } catch (error) {
      if (error instanceof AuthError && error.getStatus() < 500)
        this.rejections.note({
          subject: subjectOfPrincipal(user),
          reason: error.code,
          kind: 'exchange',
          actor: { user, origin },
          details: { refused: 'exchange', audience: request.audience ?? request.resource },
        });
      throw error;
    }
  }

  private async issue(
    user: AuthenticatedUser,
    request: TokenRequest,
    origin: RequestOrigin | null,
  ): Promise<ExchangedToken> {
    const audience = audienceOf(request);
    requireAudience(this.audiences, audience);
    const scopes = requestedScopes(user.scopes, request.scope);
    const key = await this.keys.find(user);
    const now = this.clock.now();
    const issuedAt = Math.floor(now / 1000);
    const seconds = request.ttlSeconds ?? request.expires_in ?? defaultTokenSeconds;
    const expiresAt = Math.min(issuedAt + seconds, Math.floor(endOf(key) / 1000));
    if (expiresAt <= issuedAt) throw expiredError(user);
    requireTokenWithin(user, key, scopes, expiresAt * 1000);
    const terms = { issuer: this.issuer.name, audience, scopes, issuedAt, expiresAt, jti: v7() };
    const token = this.issuer.sign('at+jwt', tokenClaimsOf(user, terms), now);
    await this.database.write(
      async (manager) => {
        await requireActive(manager, user.ownerId, key.userId);
        await this.audit.record(manager, { user, origin }, eventOf(user, key, terms));
      },
      { owner: user.ownerId },
    );
    if (request.scope !== undefined) this.usage.needed(user, scopes);
    return {
      access_token: token,
      issued_token_type: jwtType,
      token_type: 'Bearer',
      expires_in: expiresAt - issuedAt,
      scope: scopes.join(' '),
    };
  }
}

/** RFC 8707 §2 calls it `resource`. */
function audienceOf({ audience, resource }: TokenRequest): string {
  const named = audience ?? resource;
  if (named !== undefined) return named;
  throw new ExchangeError('invalid_request', 'audience', 'is missing');
}

/** Throws `invalid_target` (RFC 8693 §2.2.2). Never this service itself, which takes the bearers of such tokens for people. */
function requireAudience(allowed: readonly string[] | null, audience: string): void {
  if (audience !== BuiltinIssuer.audience && (allowed === null || allowed.includes(audience))) return;
  throw new ExchangeError('invalid_target', 'audience', 'Keys are not exchanged for this audience.');
}

/** The scopes in the request, each once, or by default all of the key. Throws `invalid_scope` (RFC 6749 §3.3). */
function requestedScopes(held: readonly Scope[], requested: string | undefined): readonly Scope[] {
  if (requested === undefined) return held;
  const scopes = [...new Set(requested.split(' '))];
  if (scopes.length <= maxScopes && scopes.every(isScope)) return scopes;
  throw new ExchangeError(
    'invalid_scope',
    'scope',
    `must be at most ${maxScopes} scopes separated by spaces: ${scopeRule}`,
  );
}

/** The networks and limits of the key are not in the token: services that verify it elsewhere do not check them. */
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

/** When the key or one of its ancestors ends without a further heartbeat, in epoch milliseconds. */
function endOf({ expiresAt, parent }: Issuer): number {
  const end = expiresAt ?? Infinity;
  return parent === null ? end : Math.min(end, parent.endsAt, ancestorsEnd(parent));
}

function eventOf(user: AuthenticatedUser, { userId }: Issuer, terms: TokenTerms) {
  const { audience, scopes, expiresAt, jti } = terms;
  const details = { audience, scopes, expiresAt: new Date(expiresAt * 1000), jti };
  return { type: 'exchanged', ...subjectOfPrincipal(user), userId, details } as const;
}

/** For a key that has less than a second left. */
function expiredError({ source, ownerId, userId }: AuthenticatedUser): AuthError {
  if (!('keyId' in source)) return new AuthError('FORBIDDEN');
  const key = { type: source.type, id: source.keyId, ownerId, userId } as const;
  return new AuthError(source.type === 'tool_key' ? 'INVALID_TOOL_KEY' : 'INVALID_API_KEY', {
    cause: { outcome: 'EXPIRED', key },
  });
}
