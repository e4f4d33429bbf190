import { type JwtAlgorithm, KeyError, type VerificationKey } from './verification-key.js';

/** The public keys of one issuer, from any source. */
export interface IssuerKeys {
  /** The source, for the log. */
  readonly origin: string;
  /** Of the keys that are loaded now. */
  readonly algorithms: readonly JwtAlgorithm[];

  /**
   * The keys that may have signed a token with this header; empty if the issuer has no such key. A promise only if it
   * has to wait for the network. Throws or rejects with `AUTH_UNAVAILABLE` if the keys are unavailable.
   */
  candidates(
    kid: string | undefined,
    algorithm: JwtAlgorithm,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>;

  /** Loads the keys ahead of the first token. Never rejects. */
  warm(): Promise<void>;

  /** False while every token of this issuer is answered 503. A call makes a remote source retry if a retry is due. */
  reachable(): boolean;
}

/** How many signatures at most are checked for a token without `kid`. */
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
    for (const key of keys) if (key.kid !== undefined) this.byKid.set(key.kid, [key]);
    for (const algorithm of this.algorithms) {
      const matching = keys.filter((key) => key.algorithm === algorithm);
      this.byAlgorithm.set(algorithm, matching.slice(0, maxCandidates));
    }
  }

  /** True if it has the key that a header names, whatever the algorithm of that key. */
  has(kid: string | undefined, algorithm: JwtAlgorithm): boolean {
    return kid === undefined ? this.byAlgorithm.has(algorithm) : this.byKid.has(kid);
  }

  /** The keys for `algorithm` to try: the one with this `kid`, or without a `kid` the first eight. */
  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    if (kid === undefined) return this.byAlgorithm.get(algorithm) ?? none;
    const named = this.byKid.get(kid) ?? none;
    return named[0]?.algorithm === algorithm ? named : none;
  }
}

/** Throws {@link KeyError} if two keys share a `kid`: a token that names it would be ambiguous (RFC 7517 §4.5). */
export function requireUniqueKids(keys: readonly VerificationKey[]): void {
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]));
  if (new Set(kids).size !== kids.length) throw new KeyError('set has two keys with the same "kid"');
}
