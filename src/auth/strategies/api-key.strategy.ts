import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { HeaderAPIKeyStrategy } from 'passport-headerapikey';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { ApiKeyVerifier } from '../verifiers/api-key.verifier.js';
import type { CredentialStrategy } from './credential-strategy.js';
import { ownPassport } from './own-passport.js';
import { credentialHeader } from './strategy-request.js';

/** Passport's strategy for the API keys of users and owners. */
@Injectable()
export class ApiKeyStrategy
  extends PassportStrategy(HeaderAPIKeyStrategy, 'api-key')
  implements CredentialStrategy
{
  readonly kind = 'api_key';

  constructor(private readonly verifier: ApiKeyVerifier) {
    super({ header: credentialHeader, prefix: '' }, false);
  }

  recall(key: string): AuthenticatedUser | undefined {
    return this.verifier.recall(key);
  }

  validate(key: string): Promise<AuthenticatedUser> {
    return this.verifier.verify(key);
  }

  protected getPassportInstance(): unknown {
    return ownPassport();
  }
}
