import type { Task } from '../key-store/task.entity.js';
import { AuthError } from '../principal/auth-error.js';

/** That of a task that is new, or begins anew. */
export const firstAttempt = 1;

/** How far an attempt may be beyond the current one: the last number that a column holds would lock the task for good. */
export const longestJump = 1_000;

/** The attempt that is written with a task when it is new: the one asked for, unless `requireAttempt` refuses that. */
export function attemptOfNewTask(wanted = firstAttempt): number {
  return wanted > firstAttempt + longestJump ? firstAttempt : wanted;
}

/** Throws `STALE_ATTEMPT` for an attempt before the current one, and `VALIDATION_FAILED` for one too far beyond it. */
export function requireAttempt(wanted: number, { attempt: current }: Task): void {
  if (wanted < current) throw new AuthError('STALE_ATTEMPT', { details: { attempt: wanted, current } });
  const most = current + longestJump;
  if (wanted <= most) return;
  const message = `must be at most ${most}, which is ${longestJump} after the current one`;
  throw new AuthError('VALIDATION_FAILED', { details: [{ path: 'attempt', message }] });
}
