import { Injectable, Logger } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { ThrottledLog } from '../../support/throttle.js';
import { KeyUsage } from '../../usage/key-usage.js';
import type { CredentialKind } from '../credentials/credential-reader.js';
import { isKeyRefusal, keyRefusalOf } from '../verifiers/verified-credential.js';
import type { Attempt } from './attempt.js';
import { DecisionCounts } from './decision-counts.js';

/** Records decisions: in the metrics, in the usage of keys, and refused credentials in the log. */
@Injectable()
export class DecisionRecord {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(
    private readonly usage: KeyUsage,
    private readonly counts: DecisionCounts,
    clock: Clock,
  ) {
    this.log = new ThrottledLog(clock);
  }

  /** A credential is bad, or could not be verified. */
  credentialRefused(kind: CredentialKind, error: Error, origin: RequestOrigin): void {
    this.logRefusal(error, origin);
    this.counts.refused(kind, error);
    const { outcome, key } = keyRefusalOf(error) ?? {};
    if (outcome !== undefined && key !== undefined) this.usage.refused(key, outcome, origin);
  }

  /** A credential is good, but its user must not send this request with it. */
  userRefused(attempt: Attempt, error: Error): void {
    this.logRefusal(error, attempt.origin);
    this.guardRefused(attempt, error);
  }

  /** A guard refuses the user, or a request without one. */
  guardRefused(attempt: Attempt, error: Error): void {
    const { user, terms, outcome } = attempt;
    this.counts.refused(user?.source.type ?? 'none', error);
    if (user === undefined || outcome === undefined) return;
    if (terms === undefined) this.usage.refusedWithoutKey(user, outcome, attempt.origin);
    else this.usage.refused(terms.key, outcome, attempt.origin, user);
  }

  /** A deciding guard admits the user. */
  admitted({ user }: Attempt): void {
    if (user !== undefined) this.counts.admitted(user.source.type);
  }

  private logRefusal(error: Error, { ip, requestId }: RequestOrigin): void {
    if (!(error instanceof AuthError) || error.getStatus() >= 500) return;
    const reason = reasonOf(error);
    const where = `address ${ip ?? 'unknown'}, request ${requestId ?? 'unknown'}`;
    this.log.note(reason, (more) => this.logger.warn(`Refused: ${reason}; ${where}${more}`));
  }
}

function reasonOf({ code, cause }: AuthError): string {
  if (typeof cause === 'string') return `${code}, ${cause}`;
  if (cause instanceof Error) return `${code}, ${cause.message}`;
  if (!isKeyRefusal(cause)) return code;
  return `${code}, ${cause.outcome}${cause.key === undefined ? '' : `, key ${cause.key.id}`}`;
}
