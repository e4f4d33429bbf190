import type { IssuerKeys } from './keys/issuer-keys.js';

/** An issuer whose tokens are accepted, its options checked and its keys loaded. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly primary: boolean;
  /** What the operator set, for the log. */
  readonly setBy: string;
  readonly keys: IssuerKeys;
}
