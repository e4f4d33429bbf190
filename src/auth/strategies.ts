import passport from 'passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { credentialHeader, type StrategyRequest } from './lazy-strategy.js';
import type { KeyVerifier } from './verifiers/key.verifier.js';
import { UserVerifier } from './verifiers/user.verifier.js';
import type { VerifiedCredential } from './verifiers/verified-credential.js';

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
