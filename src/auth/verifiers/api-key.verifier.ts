import { Injectable } from '@nestjs/common';
import type { Account } from '../../identity/accounts.service.js';
import { apiKeyChecks, type ApiKeyState } from '../../key-store/api-key.state.js';
import type { KeyShape } from '../../key-store/key-format.js';
import { KeyVerifier } from './key.verifier.js';
import { principalOfApiKey } from './principals.js';
import type { KeyTerms, VerifiedKey } from './verified-credential.js';

/** Verifies the API keys of users and owners. */
@Injectable()
export class ApiKeyVerifier extends KeyVerifier<ApiKeyState> {
  protected readonly code = 'INVALID_API_KEY';
  protected readonly checks = apiKeyChecks;
  protected readonly lookup = this.keys.apiKeys;

  protected shapeOf(key: string): KeyShape {
    return this.mint.shapeOfApiKey(key);
  }

  protected allowedIpsOf({ allowedIps }: ApiKeyState): readonly string[] | null {
    return allowedIps;
  }

  protected toVerified(key: ApiKeyState, account: Account): VerifiedKey {
    const { id, kind, lineageId, ownerId, userId, rateLimit, expiresAt } = key;
    const terms: KeyTerms = {
      key: { type: 'api_key', id, ownerId, userId },
      isOwnerBound: kind !== 'personal',
      limit: rateLimit === null ? null : { ...rateLimit, lineageId },
      payerId: null,
      announcedEnd: expiresAt,
    };
    return { user: principalOfApiKey(key, account), terms };
  }
}
