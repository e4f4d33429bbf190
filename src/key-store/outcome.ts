/** What the check of a key found. For metrics, audit and the verify endpoint; the caller of a route sees one 401. */
export const outcomes = [
  'VALID',
  'MALFORMED',
  'CHECKSUM_FAILED',
  'NOT_FOUND',
  'REVOKED',
  'DISABLED',
  'EXPIRED',
  'OWNER_INACTIVE',
  'WRONG_ENVIRONMENT',
  'IP_NOT_ALLOWED',
  'INSUFFICIENT_SCOPE',
  'RATE_LIMITED',
  'BUDGET_EXCEEDED',
  'AGENT_CONTEXT',
  'CROSS_SITE',
  'NOT_A_MEMBER',
  'PARENT_REVOKED',
  'LEASE_LOST',
] as const;

export type Outcome = (typeof outcomes)[number];

/** One thing that is judged of a key, or of what it hangs on. */
export interface KeyCheck<K> {
  readonly check: string;
  /** What there is against it at the wall-clock time `now`; `null` when there is nothing. */
  against(key: K, now: number): Outcome | null;
}

/** The verdict of checks that are made one after the other: the first that finds something decides. */
export function runChecks<K>(checks: readonly KeyCheck<K>[], key: K, now: number): Outcome {
  for (const check of checks) {
    const found = check.against(key, now);
    if (found !== null) return found;
  }
  return 'VALID';
}
