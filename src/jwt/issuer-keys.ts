import type { ClockSkew } from './clock-skew.js';
import { type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

/** How the last fetches of a remote source went. */
export interface KeyRefreshes {
  /** Since the last one that worked; `null` before the first. */
  readonly secondsAgo: number | null;
  /** Why the last one failed; `null` if it worked. */
  readonly failure: string | null;
  /** Of the server that has the keys, when it last answered; `null` if it did not say. */
  readonly clockSkew: ClockSkew | null;
}

/** The public keys of one issuer, from any source. */
export interface IssuerKeys {
  /** The source, for the log. */
  readonly origin: string;
  /** Of the keys that are loaded now. */
  readonly algorithms: readonly JwtAlgorithm[];
  /** How many keys are loaded now; `null` where the application verifies tokens. */
  readonly count: number | null;
  /** Of a remote source. */
  readonly refreshes?: KeyRefreshes;

  /**
   * The keys that may have signed a token with this header; empty if the issuer has no such key. A promise only if it
   * has to wait for the network. Throws or rejects with `AUTH_UNAVAILABLE` if the keys are unavailable.
   */
  candidates(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>;

  /**
   * Fetches the keys again after a signature by none of them, because an issuer may replace a key and keep its `kid`.
   * Resolves with whether that worked; `undefined` if they are not to be fetched now, or never.
   */
  refetch(): Promise<boolean> | undefined;

  /** Loads the keys ahead of the first token. Never rejects. */
  warm(): Promise<void>;

  /** False while every token of this issuer is answered 503. A call makes a remote source retry if a retry is due. */
  reachable(): boolean;
}

/** How many signatures at most are checked for one token. */
const maxCandidates = 8;
const none: readonly VerificationKey[] = [];

/** An immutable set of keys, looked up by the header of a token. */
export class KeySet {
  readonly size: number;
  /** Of the keys in it, each once. */
  readonly algorithms: readonly JwtAlgorithm[];
  private readonly byKid = new Map<string, readonly VerificationKey[]>();
  private readonly byAlgorithm = new Map<JwtAlgorithm, readonly VerificationKey[]>();

  constructor(keys: readonly VerificationKey[]) {
    this.size = keys.length;
    this.algorithms = [...new Set(keys.map(({ algorithm }) => algorithm))];
    for (const { kid } of keys)
      if (kid !== undefined && !this.byKid.has(kid))
        this.byKid.set(kid, keys.filter((key) => key.kid === kid).slice(0, maxCandidates));
    for (const algorithm of this.algorithms) {
      const matching = keys.filter((key) => key.algorithm === algorithm);
      this.byAlgorithm.set(algorithm, matching.slice(0, maxCandidates));
    }
  }

  /** True if it has the key that a header names, whatever the algorithm of that key. */
  has(kid: string | undefined, algorithm: JwtAlgorithm): boolean {
    return kid === undefined ? this.byAlgorithm.has(algorithm) : this.byKid.has(kid);
  }

  /** The keys for `algorithm` to try, eight at most: those with this `kid`, usually one, or all without a `kid`. */
  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    if (kid === undefined) return this.byAlgorithm.get(algorithm) ?? none;
    const named = this.byKid.get(kid) ?? none;
    return named.every((key) => key.algorithm === algorithm)
      ? named
      : named.filter((key) => key.algorithm === algorithm);
  }
}

/** Throws {@link KeyError} if two keys share a `kid`: a token that names it would be ambiguous (RFC 7517 §4.5). */
export function requireUniqueKids(keys: readonly VerificationKey[]): void {
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  if (new Set(kids).size !== kids.length) throw new KeyError('set has two keys with the same "kid"');
}
