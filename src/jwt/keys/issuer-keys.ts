import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/** The public keys of one issuer, wherever they come from. */
export interface IssuerKeys {
  /** Where they come from, for the log. */
  readonly origin: string;
  /** Those of the keys at hand. */
  readonly algorithms: readonly JwtAlgorithm[];

  /**
   * The keys that may have signed a token with this header; empty when the issuer has no such key. A promise only when
   * it has to wait for the network. Throws or rejects with `AUTH_UNAVAILABLE` when that cannot be known now.
   */
  candidates(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>;

  /** Gets the keys ahead of the first token. Never rejects. */
  warm(): Promise<void>;

  /** False while every token of this issuer would be answered 503. Asking makes a remote source try again when it is due. */
  reachable(): boolean;
}
