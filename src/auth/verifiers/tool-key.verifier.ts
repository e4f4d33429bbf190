import { Injectable } from '@nestjs/common';
import { AccountsService } from '../../identity/accounts.service.js';
import { KeyFormat } from '../../key-store/key-format.js';
import { judgeToolKey, type ToolKeyState } from '../../key-store/key-state.js';
import { KnownKeys } from '../../key-store/known-keys.js';
import { Clock } from '../../principal/clock.js';
import { KeyVerifier } from './key.verifier.js';
import { principalOfToolKey } from './principals.js';

/** Verifies the tool keys of agents. */
@Injectable()
export class ToolKeyVerifier extends KeyVerifier<ToolKeyState> {
  constructor(format: KeyFormat, keys: KnownKeys, accounts: AccountsService, clock: Clock) {
    const kind = {
      code: 'INVALID_TOOL_KEY',
      shapeOf: (key: string) => format.shapeOfToolKey(key),
      peek: (hash: string) => keys.peekToolKey(hash),
      isFamiliar: (hash: string) => keys.isFamiliarToolKey(hash),
      find: (hash: string) => keys.findToolKey(hash),
      judge: judgeToolKey,
      // A tool key is never stronger than its issuer.
      allowedIpsOf: ({ issuerKey }: ToolKeyState) => issuerKey?.allowedIps ?? null,
      verifiedAs: (key: ToolKeyState) => ({ user: principalOfToolKey(key) }),
    } as const;
    super(kind, accounts, clock);
  }
}
