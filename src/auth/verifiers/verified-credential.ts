import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { RateLimit } from '../../principal/rate-limit.js';

/** What an answer to an API key is bound to. */
export interface KeyTerms {
  readonly keyId: string;
  readonly rateLimit: RateLimit | null;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
}

/** Who a good credential stands for. */
export interface VerifiedCredential {
  readonly user: AuthenticatedUser;
  /** Those of an API key, where it has any. */
  readonly terms?: KeyTerms;
}
