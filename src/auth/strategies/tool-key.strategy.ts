import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { AuthError } from '../../principal/auth-error.js';
import type { HttpRequest } from '../../http/http-request.js';
import { ToolKeyVerifier } from '../verifiers/tool-key.verifier.js';
import type { VerifiedCredential } from '../verifiers/verified-credential.js';
import type { CredentialStrategy } from './credential-strategy.js';
import { HeaderKeyStrategy } from './header-key-strategy.js';
import { ownPassport } from './own-passport.js';
import type { StrategyRequest } from './strategy-request.js';

/** Passport's strategy for the tool keys of agents. */
@Injectable()
export class ToolKeyStrategy
  extends PassportStrategy(HeaderKeyStrategy, 'tool-key')
  implements CredentialStrategy
{
  readonly kind = 'tool_key';

  constructor(private readonly verifier: ToolKeyVerifier) {
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
