import { HttpException, Injectable } from '@nestjs/common';
import { AuthError } from '../principal/auth-error.js';
import { DecisionCounts, type DecisionOutcome, type JudgedCredential } from './decision-counts.js';
import { refusalOf } from './verifiers/refusal.js';

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
