import type { VerifiedCredential } from '../verifiers/verified-credential.js';
import type { CredentialStrategy } from './credential-strategy.js';
import type { StrategyRequest } from './strategy-request.js';

/**
 * Runs one Passport strategy on one credential, as `passport.authenticate` would, without the session and redirect
 * machinery around it. Resolves with `undefined` when the strategy fails without an error of its own.
 */
export function runStrategy(
  strategy: CredentialStrategy,
  request: StrategyRequest,
): Promise<VerifiedCredential | undefined> {
  return new Promise((resolve, reject) => {
    const fail = () => resolve(undefined);
    const reports = { success: resolve, error: reject, fail, pass: fail, redirect: fail };
    const attempt = Object.assign(Object.create(strategy) as CredentialStrategy, reports);
    attempt.authenticate(request);
  });
}
