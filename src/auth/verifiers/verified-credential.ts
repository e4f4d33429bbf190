import type { KeyRef } from '../../key-store/api-key.state.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { RateLimit } from '../../principal/rate-limit.js';

/** What a request with a key is held to. */
export interface KeyTerms {
  readonly key: KeyRef;
  /** The limit that counts, and whose window: a tool key uses up that of the API key which issued it. */
  readonly limit: (RateLimit & { readonly lineageId: string }) | null;
  /** The tool key whose calls each request uses up, where they are counted. */
  readonly payerId: string | null;
  /** The end of the key as callers are told of it, epoch milliseconds. */
  readonly announcedEnd: number | null;
}

/** Who a good credential stands for. */
export interface VerifiedCredential {
  readonly user: AuthenticatedUser;
  /** Those of a key; a JWT has none. */
  readonly terms?: KeyTerms;
}

/** Who a good key stands for, and what it is held to. */
export interface VerifiedKey extends VerifiedCredential {
  readonly terms: KeyTerms;
}
