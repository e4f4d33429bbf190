import type { ReadOptions } from '../database/database.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { VerifiedCredential } from './verifiers/verified-credential.js';

export const credentialHeader = 'credential';

/** What a strategy sees of a request: the one credential to verify, whichever header it came in, and its origin. */
export interface StrategyRequest {
  readonly headers: { readonly [credentialHeader]: string };
  readonly origin: RequestOrigin;
  readonly requester?: ReadOptions;
}

// Not by its class: a host's compiler would ask for the declarations of passport-jwt.
interface Strategy {
  authenticate(request: never): void;
}

/** A Passport strategy that is loaded after the start: the packages of Passport take longer than all of Gatehouse. */
export class LazyStrategy {
  private strategy: Strategy | undefined;

  constructor(private readonly make: () => Promise<Strategy>) {}

  async load(): Promise<Strategy> {
    this.strategy ??= await this.make();
    return this.strategy;
  }

  /**
   * Runs the strategy on one credential, as `passport.authenticate` would, without sessions and redirects. Resolves with
   * `undefined` when the strategy fails without an error.
   */
  async run(
    credential: string,
    origin: RequestOrigin,
    requester?: ReadOptions,
  ): Promise<VerifiedCredential | undefined> {
    const strategy = this.strategy ?? (await this.load());
    const request: StrategyRequest = { headers: { [credentialHeader]: credential }, origin, requester };
    return new Promise((resolve, reject) => {
      const fail = () => resolve(undefined);
      const reports = { success: resolve, error: reject, fail, pass: fail, redirect: fail };
      const run = Object.assign(Object.create(strategy) as { authenticate(request: unknown): void }, reports);
      run.authenticate(request);
    });
  }
}
