import passport from 'passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { ReadOptions } from '../database/database.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { KeyVerifier } from './verifiers/key.verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';
import type { VerifiedCredential } from './verifiers/verified-credential.js';

const credentialHeader = 'credential';

/** What a strategy sees of a request: the one credential to verify, whichever header it came in, and its origin. */
export interface StrategyRequest {
  readonly headers: { readonly [credentialHeader]: string };
  readonly origin: RequestOrigin;
  readonly requester?: ReadOptions;
}

type Done = (error: Error | null, verified?: object) => void;

/** passport-headerapikey with `done` last, where @nestjs/passport looks for it, so that `validate` sees the request. */
class HeaderKeyStrategy extends HeaderAPIKeyStrategy {
  constructor(verify: (key: string, request: StrategyRequest, done: Done) => void) {
    super({ header: credentialHeader, prefix: '' }, true, (key, done, request) =>
      verify(key, request as unknown as StrategyRequest, done),
    );
  }
}

/** Passport's strategy for keys. It is registered twice: as `api-key` and as `tool-key`. */
export class KeyStrategy extends PassportStrategy(HeaderKeyStrategy) {
  constructor(
    override readonly name: 'api-key' | 'tool-key',
    private readonly verifier: Pick<KeyVerifier<never>, 'verify'>,
  ) {
    super();
  }

  validate(key: string, { origin, requester }: StrategyRequest): Promise<VerifiedCredential> {
    return this.verifier.verify(key, origin, requester);
  }

  protected getPassportInstance(): unknown {
    return separatePassport();
  }
}

const tokenOf = ExtractJwt.fromHeader(credentialHeader);

/**
 * Passport's strategy for the JWTs of people. The token goes to `UserVerifier` and not to passport-jwt's verifier, which
 * knows no EdDSA, accepts several spellings of one token, and reports a bad token as an absent one.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly verifier: UserVerifier) {
    super({ jwtFromRequest: tokenOf, secretOrKeyProvider: (_request, _token, done) => done('unused') });
  }

  override authenticate(request: Parameters<Strategy['authenticate']>[0]): void {
    const token = tokenOf(request);
    if (token === null) return this.fail(401);
    this.validate(request as unknown as StrategyRequest, token).then(
      (verified) => this.success(verified),
      (error: Error) => this.error(error),
    );
  }

  validate(request: StrategyRequest, token: string): Promise<VerifiedCredential> {
    return this.verifier.verify(token, request.origin);
  }

  protected getPassportInstance(): unknown {
    return separatePassport();
  }
}

/** Passport's own registry is one per process: the strategies of a second application would replace those of the first. */
function separatePassport(): passport.Authenticator {
  return new passport.Passport();
}

/**
 * Runs a strategy on one credential, as `passport.authenticate` would, without sessions and redirects. Resolves with
 * `undefined` when the strategy fails without an error.
 */
export function runStrategy(
  strategy: { authenticate(request: never): void },
  credential: string,
  origin: RequestOrigin,
  requester?: ReadOptions,
): Promise<VerifiedCredential | undefined> {
  const request: StrategyRequest = { headers: { [credentialHeader]: credential }, origin, requester };
  return new Promise((resolve, reject) => {
    const fail = () => resolve(undefined);
    const reports = { success: resolve, error: reject, fail, pass: fail, redirect: fail };
    const run = Object.assign(Object.create(strategy) as { authenticate(request: unknown): void }, reports);
    run.authenticate(request);
  });
}
