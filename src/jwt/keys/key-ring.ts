import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/** A token without `kid` may cost at most this many signature checks. */
const mostTries = 8;
const none: readonly VerificationKey[] = [];

/** The keys of one issuer, to be asked by what a token's header says. Does not change. */
export class KeyRing {
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
      const fitting = keys.filter((key) => key.algorithm === algorithm);
      this.byAlgorithm.set(algorithm, fitting.slice(0, mostTries));
    }
  }

  /** True when the key that a header means is here, whatever its algorithm. */
  knows(kid: string | undefined, algorithm: JwtAlgorithm): boolean {
    return kid === undefined ? this.byAlgorithm.has(algorithm) : this.byKid.has(kid);
  }

  /** The keys to try, all of them for `algorithm`: the one with this `kid`, or without a `kid` the first eight. */
  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    if (kid === undefined) return this.byAlgorithm.get(algorithm) ?? none;
    const named = this.byKid.get(kid) ?? none;
    return named[0]?.algorithm === algorithm ? named : none;
  }
}
