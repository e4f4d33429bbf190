import { HttpException, Injectable } from '@nestjs/common';
import type { Outcome } from '../../key-store/outcome.js';
import { AuthError, type ErrorCode } from '../../principal/auth-error.js';
import { Counter } from '../../support/instrumentation.js';
import { type CredentialKind, credentialKinds } from '../credentials/credential-reader.js';
import { keyRejectionOf } from '../verifiers/verified-credential.js';

/** `ADDRESS_LIMITED`: too many bad credentials from one address. `RATE_LIMITED` is the limit of the key itself. */
export type DecisionOutcome = Outcome | ErrorCode | 'ADDRESS_LIMITED';

/** `none`: no credential was sent. */
export type CountedCredential = CredentialKind | 'none';

const kinds: readonly CountedCredential[] = [...credentialKinds, 'none'];

/** Counts decisions by kind of credential and outcome: one for each credential that is verified, or for the lack of one. */
@Injectable()
export class DecisionCounts {
  private readonly counters = new Map(kinds.map((kind) => [kind, new Counter<DecisionOutcome>()]));

  add(credential: CountedCredential, outcome: DecisionOutcome): void {
    this.counters.get(credential)?.add(outcome);
  }

  /** The counts that are not zero. */
  *entries(): Generator<readonly [CountedCredential, DecisionOutcome, number]> {
    for (const [credential, counter] of this.counters) {
      for (const [outcome, count] of counter.entries()) yield [credential, outcome, count];
    }
  }
}

/** What a rejection is counted as. */
export function outcomeOfError(error: unknown): DecisionOutcome {
  // A guard of the application may reject with an error of its own.
  if (!(error instanceof AuthError))
    return error instanceof HttpException && error.getStatus() < 500 ? 'FORBIDDEN' : 'INTERNAL_ERROR';
  const outcome = keyRejectionOf(error)?.outcome;
  if (error.code === 'RATE_LIMITED' && outcome !== 'RATE_LIMITED') return 'ADDRESS_LIMITED';
  return outcome ?? error.code;
}
