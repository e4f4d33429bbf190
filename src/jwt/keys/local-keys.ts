import type { IssuerKeys } from './issuer-keys.js';
import { KeyRing } from './key-ring.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/** Keys from the configuration: always there, never changing. */
export class LocalKeys implements IssuerKeys {
  private readonly ring: KeyRing;
  private readonly fitsAnyKid: boolean;

  constructor(
    keys: readonly VerificationKey[],
    readonly origin: string,
  ) {
    this.ring = new KeyRing(keys);
    // A PEM has no place for a kid, while the tokens of its issuer name one all the same.
    this.fitsAnyKid = keys.length === 1 && keys[0]?.kid === undefined;
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.ring.algorithms;
  }

  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    return this.ring.candidates(this.fitsAnyKid ? undefined : kid, algorithm);
  }

  warm(): Promise<void> {
    return Promise.resolve();
  }

  reachable(): boolean {
    return true;
  }
}
