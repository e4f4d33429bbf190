import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { UserVerifier } from '../verifiers/user.verifier.js';
import type { VerifiedCredential } from '../verifiers/verified-credential.js';
import type { CredentialStrategy } from './credential-strategy.js';
import { ownPassport } from './own-passport.js';
import { credentialHeader, type StrategyRequest } from './strategy-request.js';

const tokenOf = ExtractJwt.fromHeader(credentialHeader);

/**
 * Passport's strategy for the JWTs of people. The token goes to our own verifier and not to passport-jwt's, which
 * knows no EdDSA, takes several spellings of one token, and reports a bad token as an absent one.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') implements CredentialStrategy {
  readonly kind = 'jwt';

  constructor(private readonly verifier: UserVerifier) {
    super({ jwtFromRequest: tokenOf, secretOrKeyProvider: (_request, _token, done) => done('unused') });
  }

  recall(token: string): VerifiedCredential | undefined {
    return this.verifier.recall(token);
  }

  refuse(): undefined {}

  isStranger(): boolean {
    return this.verifier.isStranger();
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
    return ownPassport();
  }
}
