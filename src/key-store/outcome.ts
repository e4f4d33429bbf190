/** Results of the check of a key, for metrics, audit and the verify endpoint. The caller of a route gets one 401 for all. */
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

/** One check of a key or of what it depends on. */
export interface KeyCheck<K> {
  readonly check: string;
  /** Why the key is invalid at the wall-clock time `now`; `null` when the check passes. */
  against(key: K, now: number): Outcome | null;
}

/** Runs the checks in order. The first that fails decides. */
export function runChecks<K>(checks: readonly KeyCheck<K>[], key: K, now: number): Outcome {
  for (const check of checks) {
    const found = check.against(key, now);
    if (found !== null) return found;
  }
  return 'VALID';
}
