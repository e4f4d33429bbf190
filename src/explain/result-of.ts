import { HttpException } from '@nestjs/common';
import { outcomeOf } from '../auth/decisions.js';
import type { FoundRoute } from '../auth/explain/route-finder.js';
import type { Rehearsed } from '../auth/explain/request-rehearsal.js';
import { refusalOf } from '../auth/verifiers/refusal.js';
import { AuthError } from '../principal/auth-error.js';
import type { KeyExplanation } from './explain.schemas.js';

type Result = KeyExplanation['result'];

const unasked: Result = { admitted: true, as: null, status: null, code: null, outcome: null };

/** What a request is answered that was led as far as this. `refused`: what there is against the key itself. */
export function resultOf(
  route: FoundRoute | undefined,
  rehearsed: Rehearsed | undefined,
  refused: AuthError | undefined,
): Result {
  if (route === undefined) return { ...unasked, admitted: false, ...answerOf(new AuthError('NOT_FOUND')) };
  if (rehearsed === undefined || rehearsed.isOpen) return unasked;
  const { error, isKnown } = rehearsed;
  if (error !== undefined)
    return { admitted: false, as: null, ...answerOf(error), outcome: outcomeOf(error) };
  const outcome = isKnown ? 'VALID' : (refusalOf(refused)?.outcome ?? outcomeOfLoss(rehearsed));
  return { ...unasked, as: isKnown ? 'key' : 'nobody', outcome };
}

/** Of a key that is good in itself. */
function outcomeOfLoss({ confined, disowned, allowance }: Rehearsed): string {
  if (confined !== undefined) return 'AGENT_CONTEXT';
  return disowned === undefined ? (allowance?.lacks ?? 'VALID') : outcomeOf(disowned);
}

function answerOf(error: unknown): Pick<Result, 'status' | 'code'> {
  if (error instanceof AuthError) return { status: error.getStatus(), code: error.code };
  return { status: error instanceof HttpException ? error.getStatus() : 500, code: null };
}
