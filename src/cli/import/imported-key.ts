import type { RateLimit } from '../../principal/grants.js';

/** A key as a file of another system tells of it. What the file does not say is `null`. */
export interface ImportedKey {
  /** SHA-256 of the whole key, lower-case hex. */
  readonly hash: string;
  readonly name: string | null;
  readonly prefix: string | null;
  /** The id that the other system gave it. */
  readonly id: string | null;
  /** Whom the other system says it belongs to, by that system's id. */
  readonly owner: string | null;
  readonly enabled: boolean;
  readonly rateLimit: RateLimit | null;
  readonly createdAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** The file says no more than the hash. */
export const nothingKnown: Omit<ImportedKey, 'hash'> = {
  name: null,
  prefix: null,
  id: null,
  owner: null,
  enabled: true,
  rateLimit: null,
  createdAt: null,
  lastUsedAt: null,
  expiresAt: null,
  revokedAt: null,
};
