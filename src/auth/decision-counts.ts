import type { Outcome } from '../key-store/outcome.js';
import type { ErrorCode } from '../principal/error-codes.js';
import { Tally } from '../support/tally.js';
import { type CredentialKind, credentialKinds } from './credentials/credential.js';

/** `ADDRESS_LIMITED`: too many bad credentials from one address. `RATE_LIMITED` is the limit of the key itself. */
export type DecisionOutcome = Outcome | ErrorCode | 'ADDRESS_LIMITED';

/** `none`: no credential was sent. */
export type JudgedCredential = CredentialKind | 'none';

const kinds: readonly JudgedCredential[] = [...credentialKinds, 'none'];

/** How often each outcome was met with, by kind of credential. */
export class DecisionCounts {
  private readonly tallies = new Map(kinds.map((kind) => [kind, new Tally<DecisionOutcome>()]));

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
