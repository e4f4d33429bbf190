import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { AuthError } from '../../principal/auth-error.js';
import type { HttpRequest } from '../../http/http-request.js';
import { ApiKeyVerifier } from '../verifiers/api-key.verifier.js';
import type { VerifiedCredential } from '../verifiers/verified-credential.js';
import type { CredentialStrategy } from './credential-strategy.js';
import { HeaderKeyStrategy } from './header-key-strategy.js';
import { ownPassport } from './own-passport.js';
import type { StrategyRequest } from './strategy-request.js';

/** Passport's strategy for the API keys of users and owners. */
@Injectable()
export class ApiKeyStrategy
  extends PassportStrategy(HeaderKeyStrategy, 'api-key')
  implements CredentialStrategy
{
  readonly kind = 'api_key';

  constructor(private readonly verifier: ApiKeyVerifier) {
    super();
  }

  recall(key: string, request: Pick<HttpRequest, 'ip'>): VerifiedCredential | undefined {
    return this.verifier.recall(key, request);
  }

  refuse(key: string): AuthError | undefined {
    return this.verifier.refuse(key);
  }

  isStranger(key: string): boolean {
    return this.verifier.isStranger(key);
  }

  validate(key: string, { origin }: StrategyRequest): Promise<VerifiedCredential> {
    return this.verifier.verify(key, origin);
  }

  protected getPassportInstance(): unknown {
    return ownPassport();
  }
}
