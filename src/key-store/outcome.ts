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
