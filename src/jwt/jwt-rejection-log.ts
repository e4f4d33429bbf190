import type { LoggerService } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import type { Clock } from '../support/clock.js';
import { ThrottledLog } from '../support/throttle.js';
import { causeOf, listed } from '../support/errors.js';
import { redact } from '../support/redact.js';
import type { AudienceFault } from './audience.js';
import type { Delegation, MappingError } from './delegation.js';
import type { TrustedIssuer } from './issuers.js';
import { invalidToken, registeredAlgorithm } from './jws.js';
import { isJwtAlgorithm } from './verification-key.js';

/** The variable for the other kind of key, if there is one. */
const variableFor: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  SUPABASE_JWT_PUBLIC_KEY: { RS256: 'SUPABASE_JWT_RSA_PUBLIC_KEY' },
  SUPABASE_JWT_RSA_PUBLIC_KEY: { ES256: 'SUPABASE_JWT_PUBLIC_KEY' },
};

const mostClients = 100;

/**
 * Logs why tokens are rejected and what the operator can do about it: each reason once a minute per issuer. Every method
 * returns the error to throw. Nothing of an unverified token is logged.
 */
export class JwtRejectionLog {
  private readonly log: ThrottledLog;
  /** Those with a line of their own. */
  private readonly clients = new Set<string>();

  constructor(
    clock: Clock,
    private readonly logger: Pick<LoggerService, 'warn'>,
  ) {
    this.log = new ThrottledLog(clock);
  }

  unknownIssuer(configured: readonly TrustedIssuer[]): AuthError {
    const names = () => listed(configured.flatMap(({ issuer, aliases }) => [issuer, ...aliases]));
    return this.reject('issuer', '', () => `A token's issuer is none of ${names()}.`);
  }

  /** The token was verified, so its tenant is one of the issuer's. */
  unknownTenant({ issuer }: TrustedIssuer, named: string): AuthError {
    return this.reject(
      'tenant',
      issuer,
      () => `A token of ${named} is of a tenant that tenants does not allow.`,
    );
  }

  wrongAudience(
    { issuer, audiences, audience: { withoutAudience } }: TrustedIssuer,
    fault: AudienceFault,
  ): AuthError {
    const names = listed(audiences);
    const explain = {
      missing: `has no "aud": let the issuer add ${names || 'one'}, or set withoutAudience`,
      wrong: names === '' ? 'has an "aud", for which no audience is set' : `is not for ${names}`,
      'wrong claim': `has no "aud", and its "${withoutAudience?.claim}" is none of withoutAudience`,
    };
    return this.reject(
      fault === 'wrong' ? 'audience' : `audience ${fault}`,
      issuer,
      () => `${naming(issuer)} ${explain[fault]}.`,
    );
  }

  noClient({ issuer, delegation: { clientClaim } }: TrustedIssuer): AuthError {
    const remedy =
      clientClaim === undefined ? 'set clientClaim if another claim names it' : 'and no clientClaim';
    return this.reject(
      'client',
      issuer,
      () => `A token of ${issuer} is "at+jwt" and has no "client_id" (RFC 9068 §2.2): ${remedy}.`,
    );
  }

  wrongAlgorithm(issuer: TrustedIssuer, algorithm: string): AuthError {
    return this.reject('algorithm', issuer.issuer, () => explainAlgorithm(issuer, algorithm));
  }

  unknownKey({ issuer, keys }: TrustedIssuer): AuthError {
    return this.reject(
      'key',
      issuer,
      () =>
        `${naming(issuer)} names a key ("kid") that is not in ${keys.origin}, or is there for another algorithm.`,
    );
  }

  badSignature({ issuer, keys }: TrustedIssuer): AuthError {
    return this.reject(
      'signature',
      issuer,
      () => `${naming(issuer)} is not signed by a key in ${keys.origin}.`,
    );
  }

  idToken({ issuer }: TrustedIssuer): AuthError {
    return this.reject(
      'ID token',
      issuer,
      () =>
        `${naming(issuer)} is an ID token, which is meant for its client: send the access token, or set acceptIdTokens.`,
    );
  }

  otherIssuer({ issuer }: TrustedIssuer): AuthError {
    return this.reject(
      'other issuer',
      issuer,
      () => `verify of ${issuer} returned the "iss" of another issuer.`,
    );
  }

  /** The claims, or the error that `read` throws, after its reason was logged: it is the application that is to change. */
  explainClaims<T>({ issuer }: TrustedIssuer, read: () => T): T {
    try {
      return read();
    } catch (error) {
      const reason = error instanceof AuthError ? String(error.cause) : 'unreadable';
      throw this.reject(
        `claims: ${reason}`,
        issuer,
        () => `verify of ${issuer} returned bad claims: ${reason}.`,
      );
    }
  }

  /**
   * Logged once a minute for each of the first 100 clients, and for all others together: where clients register
   * themselves, there is no end of them. The token was verified, so its client's id is not a stranger's text.
   */
  wouldBeBounded({ issuer }: TrustedIssuer, { clientId, scopes }: Delegation): void {
    const client = clientId === null ? 'without a client' : `of the client ${JSON.stringify(clientId)}`;
    const bounds = scopes?.length ? listed(scopes, 20) : 'nothing';
    const subject = `${issuer} ${clientId}`;
    if (this.clients.size < mostClients) this.clients.add(subject);
    this.log.note(`bounded ${this.clients.has(subject) ? subject : 'others'}`, (more) =>
      this.logger.warn(
        `A token of ${issuer} ${client} has all rights of its user, and would be bounded to ${bounds} without bounded: 'warn'.${more}`,
      ),
    );
  }

  claimsTooLong({ issuer }: TrustedIssuer): AuthError {
    return this.reject(
      'claims',
      issuer,
      () => `A token of ${issuer} has longer claims than the principal holds.`,
    );
  }

  /** The 503 for a token that the application could not map. */
  mappingFailed({ issuer }: TrustedIssuer, { option, cause: error }: MappingError): AuthError {
    const reason =
      error instanceof Error ? redact(causeOf(error)).slice(0, 1_000) : `it threw a ${typeof error}`;
    this.log.note(`${option} ${issuer}`, (more) =>
      this.logger.warn(`${option} failed for a token of ${issuer}: ${reason}${more}`),
    );
    return new AuthError('AUTH_UNAVAILABLE', { cause: new Error(`${option} failed`) });
  }

  private reject(reason: string, issuer: string, explain: () => string): AuthError {
    this.log.note(`${reason} ${issuer}`, (more) => this.logger.warn(explain() + more));
    return invalidToken(reason);
  }
}

function naming(issuer: string): string {
  return `A token that names ${issuer} as its issuer`;
}

/** Which algorithm a token names, which one the keys are for, and what to set. */
function explainAlgorithm({ issuer, keys, setBy }: TrustedIssuer, named: string): string {
  // A header may hold any text.
  const algorithm = registeredAlgorithm.test(named) ? named : 'an unknown algorithm';
  const signed = `A token of ${issuer} is signed with ${algorithm}`;
  if (!isJwtAlgorithm(named)) {
    return `${signed}, which is never accepted; let the issuer sign with ES256, RS256 or EdDSA.`;
  }
  const other = variableFor[setBy]?.[algorithm];
  const remedy = other === undefined ? `give it a key for ${algorithm}` : `set ${other} instead`;
  return `${signed} but the key in ${keys.origin} is for ${keys.algorithms.join(', ')}; ${remedy}.`;
}
