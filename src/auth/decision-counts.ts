import type { Outcome } from '../key-store/outcome.js';
import { AuthError, type ErrorCode } from '../principal/auth-error.js';
import { Counter } from '../support/instrumentation.js';
import { type CredentialKind, credentialKinds } from './credentials/credential-reader.js';
import { HttpException, Injectable } from '@nestjs/common';
import { refusalOf } from './verifiers/verified-credential.js';

/** `ADDRESS_LIMITED`: too many bad credentials from one address. `RATE_LIMITED` is the limit of the key itself. */
export type DecisionOutcome = Outcome | ErrorCode | 'ADDRESS_LIMITED';

/** `none`: no credential was sent. */
export type JudgedCredential = CredentialKind | 'none';

const kinds: readonly JudgedCredential[] = [...credentialKinds, 'none'];

/** How often each outcome was met with, by kind of credential. */
export class DecisionCounts {
  private readonly tallies = new Map(kinds.map((kind) => [kind, new Counter<DecisionOutcome>()]));

  add(credential: JudgedCredential, outcome: DecisionOutcome): void {
    this.tallies.get(credential)?.add(outcome);
  }

  /** Those that were met with. */
  *entries(): Generator<readonly [JudgedCredential, DecisionOutcome, number]> {
    for (const [credential, tally] of this.tallies) {
      for (const [outcome, count] of tally.entries()) yield [credential, outcome, count];
    }
  }
}

/** How often requests were let in or refused: once for each credential that was judged, or for the lack of one. */
@Injectable()
export class Decisions extends DecisionCounts {
  admitted(credential: JudgedCredential): void {
    this.add(credential, 'VALID');
  }

  refused(credential: JudgedCredential, error: unknown): void {
    this.add(credential, outcomeOf(error));
  }
}

/** What a refusal is counted as. */
export function outcomeOf(error: unknown): DecisionOutcome {
  // A guard of the application may refuse with an error of its own.
  if (!(error instanceof AuthError))
    return error instanceof HttpException && error.getStatus() < 500 ? 'FORBIDDEN' : 'INTERNAL_ERROR';
  const outcome = refusalOf(error)?.outcome;
  if (error.code === 'RATE_LIMITED' && outcome !== 'RATE_LIMITED') return 'ADDRESS_LIMITED';
  return outcome ?? error.code;
}
