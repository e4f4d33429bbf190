import { messageOf, type CheckName } from './check-messages.js';

/** What a check saw, and what it decides. */
export interface ExplainedCheck {
  readonly check: CheckName;
  readonly outcome: 'pass' | 'fail' | 'skipped';
  readonly saw: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export function judged(check: CheckName, fails: boolean, saw: ExplainedCheck['saw']): ExplainedCheck {
  return { check, outcome: fails ? 'fail' : 'pass', saw, message: messageOf(check, fails) };
}

/** A check that was not made, and why. */
export function skipped(check: CheckName, message: string): ExplainedCheck {
  return { check, outcome: 'skipped', saw: {}, message };
}
