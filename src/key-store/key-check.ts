import type { Outcome } from './outcome.js';

/** One thing that is judged of a key, or of what it hangs on. */
export interface KeyCheck<K> {
  readonly check: string;
  /** What there is against it at the wall-clock time `now`; `null` when there is nothing. */
  against(key: K, now: number): Outcome | null;
}

/** The verdict of checks that are made one after the other: the first that finds something decides. */
export function judgeBy<K>(checks: readonly KeyCheck<K>[], key: K, now: number): Outcome {
  for (const check of checks) {
    const found = check.against(key, now);
    if (found !== null) return found;
  }
  return 'VALID';
}
