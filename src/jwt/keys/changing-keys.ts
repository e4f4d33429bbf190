import { AuthError } from '../../principal/auth-error.js';
import type { Clock } from '../../support/clock.js';
import type { IssuerKeys } from './issuer-keys.js';
import { KeyRing } from './key-ring.js';
import { loadKeys } from './load-keys.js';
import type { JwtAlgorithm, VerificationKey } from './verification-key.js';

/** Keys that the application itself hands out and may change at any time. Throws a `KeyError` when the first are bad. */
export class ChangingKeys implements IssuerKeys {
  private known: object;
  private ring: KeyRing;

  constructor(
    private readonly source: (now: number) => object,
    readonly origin: string,
    private readonly clock: Clock,
    private readonly algorithm?: JwtAlgorithm,
  ) {
    this.known = source(clock.now());
    this.ring = this.load(this.known);
  }

  get algorithms(): readonly JwtAlgorithm[] {
    return this.current().algorithms;
  }

  /** Throws `AUTH_UNAVAILABLE` while the keys that came later are bad. */
  candidates(kid: string | undefined, algorithm: JwtAlgorithm): readonly VerificationKey[] {
    return this.current().candidates(kid, algorithm);
  }

  warm(): Promise<void> {
    return Promise.resolve();
  }

  reachable(): boolean {
    try {
      return this.current().size > 0;
    } catch {
      return false;
    }
  }

  private current(): KeyRing {
    try {
      const keys = this.source(this.clock.now());
      if (keys !== this.known) {
        this.ring = this.load(keys);
        this.known = keys;
      }
      return this.ring;
    } catch (cause) {
      throw new AuthError('AUTH_UNAVAILABLE', { cause });
    }
  }

  private load(keys: object): KeyRing {
    return new KeyRing(loadKeys(keys, this.origin, this.algorithm).keys);
  }
}
