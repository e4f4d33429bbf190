import { AuthError } from '../principal/auth-error.js';
import { audienceFaultOf } from './audience.js';
import type { Claims } from './claims.js';
import { clientOf, type Delegation, delegationOf, MappingError } from './delegation.js';
import type { TrustedIssuer } from './issuers.js';
import type { JwtRejectionLog } from './jwt-rejection-log.js';
import { namedClaims, personOf } from './token-person.js';
import { type VerifiedJwt, verifiedJwt } from './verified-jwt.js';

/** @internal What the options of an issuer make of the claims of its tokens. */
export class IssuerRules {
  constructor(private readonly rejections: JwtRejectionLog) {}

  /** Throws `INVALID_TOKEN` for a token that is meant for another API, or for a client. */
  checkPurpose(issuer: TrustedIssuer, claims: Claims): void {
    const fault = audienceFaultOf(claims, issuer);
    if (fault !== undefined) throw this.rejections.wrongAudience(issuer, fault);
    if (claims.isIdToken && !issuer.acceptsIdTokens) throw this.rejections.idToken(issuer);
  }

  /** What the verified claims say at the wall-clock time `now`. Throws an `AuthError` if the options do not allow them. */
  read(claims: Claims, issuer: TrustedIssuer, isAccessToken: boolean, now: number): VerifiedJwt {
    const isTenant = issuer.tenants === undefined || this.isAllowedTenant(issuer, claims.issuer);
    if (!isTenant) throw this.rejections.unknownTenant(issuer, claims.issuer);
    const delegation = this.delegationOf(isAccessToken, claims, issuer);
    const person = this.mapped(issuer, () => personOf(claims.all, claims.subject, issuer.person));
    if (person === undefined) throw new AuthError('USER_NOT_FOUND', { cause: 'rejected by person' });
    const named = namedClaims(claims.all, issuer.person);
    if (named === undefined) throw this.rejections.claimsTooLong(issuer);
    return verifiedJwt(claims, issuer, { ...delegation, ...person, claims: named }, now);
  }

  isAllowedTenant(issuer: TrustedIssuer, name: string): boolean {
    const tenant = issuer.tenants?.tenantOf(name);
    return tenant !== undefined && this.mapped(issuer, () => issuer.tenants?.isAllowed(tenant) === true);
  }

  private delegationOf(isAccessToken: boolean, { all }: Claims, issuer: TrustedIssuer): Delegation {
    // RFC 9068 §2.2 requires `client_id`; Keycloak names the client in `azp` alone.
    if (isAccessToken && clientOf(all, issuer.delegation.clientClaim) === null)
      throw this.rejections.noClient(issuer);
    const delegation = this.mapped(issuer, () => delegationOf(all, isAccessToken, issuer.delegation));
    if (delegation.scopes === null || issuer.delegation.bounded !== 'warn') return delegation;
    this.rejections.wouldBeBounded(issuer, delegation);
    return { ...delegation, scopes: null };
  }

  private mapped<T>(issuer: TrustedIssuer, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof MappingError ? this.rejections.mappingFailed(issuer, error) : error;
    }
  }
}
