import { Injectable } from '@nestjs/common';
import type { Account } from '../../identity/account.js';
import { AccountsService } from '../../identity/accounts.service.js';
import type { Asker } from '../../database/fair-queue.js';
import { KeyEnvironment, KeyMint } from '../../key-store/key-mint.js';
import { apiKeyChecks, type ApiKeyState } from '../../key-store/api-key.state.js';
import { KeyCache } from '../../key-store/key-cache.js';
import { Clock } from '../../support/clock.js';
import { KeyVerifier } from './key.verifier.js';
import { principalOfApiKey } from './principals.js';
import type { KeyTerms } from './verified-credential.js';

/** Verifies the API keys of users and owners. */
@Injectable()
export class ApiKeyVerifier extends KeyVerifier<ApiKeyState> {
  constructor(
    mint: KeyMint,
    keys: KeyCache,
    environment: KeyEnvironment,
    accounts: AccountsService,
    clock: Clock,
  ) {
    const kind = {
      code: 'INVALID_API_KEY',
      type: 'api_key',
      shapeOf: (key: string) => mint.shapeOfApiKey(key),
      peek: (hash: string) => keys.cachedApiKey(hash),
      isFamiliar: (hash: string) => keys.hasFoundApiKey(hash),
      find: (hash: string, asker?: Asker) => keys.findApiKey(hash, asker),
      checks: apiKeyChecks,
      allowedIpsOf: ({ allowedIps }: ApiKeyState) => allowedIps,
      verifiedAs: (key: ApiKeyState, account: Account) => ({
        user: principalOfApiKey(key, account),
        terms: termsOf(key),
      }),
    } as const;
    super(kind, environment, accounts, clock);
  }
}

function termsOf({ id, lineageId, ownerId, userId, rateLimit, expiresAt }: ApiKeyState): KeyTerms {
  return {
    key: { type: 'api_key', id, ownerId, userId },
    limit: rateLimit === null ? null : { ...rateLimit, lineageId },
    payerId: null,
    announcedEnd: expiresAt,
  };
}
