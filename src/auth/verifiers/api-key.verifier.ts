import { Injectable } from '@nestjs/common';
import { AccountsService } from '../../identity/accounts.service.js';
import { KeyFormat } from '../../key-store/key-format.js';
import { type ApiKeyState, judgeApiKey } from '../../key-store/key-state.js';
import { KnownKeys } from '../../key-store/known-keys.js';
import { Clock } from '../../principal/clock.js';
import { KeyVerifier } from './key.verifier.js';
import { principalOfApiKey } from './principals.js';

/** Verifies the API keys of users and owners. */
@Injectable()
export class ApiKeyVerifier extends KeyVerifier<ApiKeyState> {
  constructor(format: KeyFormat, keys: KnownKeys, accounts: AccountsService, clock: Clock) {
    const kind = {
      code: 'INVALID_API_KEY',
      shapeOf: (key: string) => format.shapeOfApiKey(key),
      peek: (hash: string) => keys.peekApiKey(hash),
      find: (hash: string) => keys.findApiKey(hash),
      judge: judgeApiKey,
      principalOf: principalOfApiKey,
    } as const;
    super(kind, accounts, clock);
  }
}
