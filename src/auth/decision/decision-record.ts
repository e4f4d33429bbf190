import { Injectable, Logger } from '@nestjs/common';
import { AuthError } from '../../principal/auth-error.js';
import type { RequestOrigin } from '../../principal/authenticated-user.js';
import { Clock } from '../../support/clock.js';
import { ThrottledLog } from '../../support/throttle.js';
import { KeyUsage } from '../../usage/key-usage.js';
import type { CredentialKind } from '../credentials/credential-reader.js';
import { isKeyRejection, keyRejectionOf } from '../verifiers/verified-credential.js';
import type { Attempt } from './attempt.js';
import { type CountedCredential, DecisionCounts, outcomeOfError } from './decision-counts.js';
import { DecisionSpans } from './decision-spans.js';

/** Records decisions: in metrics, spans and the usage of keys, and rejected credentials in the log. */
@Injectable()
export class DecisionRecord {
  private readonly logger = new Logger('Gatehouse');
  private readonly log: ThrottledLog;

  constructor(
    private readonly usage: KeyUsage,
    private readonly counts: DecisionCounts,
    private readonly spans: DecisionSpans,
    clock: Clock,
  ) {
    this.log = new ThrottledLog(clock);
  }

  /** A credential is bad, or could not be verified. */
  credentialRejected(attempt: Attempt, kind: CredentialKind, error: Error): void {
    const { origin } = attempt;
    this.logRejection(error, origin);
    this.count(attempt, kind, error);
    const { outcome, key } = keyRejectionOf(error) ?? {};
    if (outcome !== undefined && key !== undefined) this.usage.rejected(key, outcome, origin);
  }

  /** A credential is good, but its user must not send this request with it. */
  userRejected(attempt: Attempt, error: Error): void {
    this.logRejection(error, attempt.origin);
    this.guardRejected(attempt, error);
  }

  /** A guard rejects the user, or a request without one. */
  guardRejected(attempt: Attempt, error: Error): void {
    const { user, terms, outcome } = attempt;
    this.count(attempt, user?.source.type ?? 'none', error);
    if (user === undefined || outcome === undefined) return;
    if (terms === undefined) this.usage.rejectedWithoutKey(user, outcome, attempt.origin);
    else this.usage.rejected(terms.key, outcome, attempt.origin, user);
  }

  /** A deciding guard admits the user. */
  admitted(attempt: Attempt): void {
    if (attempt.user !== undefined) this.count(attempt, attempt.user.source.type);
  }

  private count(attempt: Attempt, credential: CountedCredential, error?: Error): void {
    const outcome = error === undefined ? 'VALID' : outcomeOfError(error);
    this.counts.add(credential, outcome);
    if (attempt.startedAt !== undefined) this.spans.record(attempt, credential, outcome);
  }

  private logRejection(error: Error, { ip, requestId, traceparent }: RequestOrigin): void {
    if (!(error instanceof AuthError) || error.getStatus() >= 500) return;
    const reason = reasonOf(error);
    this.log.note(reason, (more) => {
      const trace = traceparent === undefined ? '' : `, trace ${traceparent}`;
      const where = `address ${ip ?? 'unknown'}, request ${requestId ?? 'unknown'}${trace}`;
      this.logger.warn(`Rejected: ${reason}; ${where}${more}`);
    });
  }
}

function reasonOf({ code, cause }: AuthError): string {
  if (typeof cause === 'string') return `${code}, ${cause}`;
  if (cause instanceof Error) return `${code}, ${cause.message}`;
  if (!isKeyRejection(cause)) return code;
  return `${code}, ${cause.outcome}${cause.key === undefined ? '' : `, key ${cause.key.id}`}`;
}
