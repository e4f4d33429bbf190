import { Injectable } from '@nestjs/common';
import { AccountsService } from '../../identity/accounts.service.js';
import type { Asker } from '../../database/fair-queue.js';
import { KeyEnvironment, KeyMint } from '../../key-store/key-mint.js';
import { KeyCache } from '../../key-store/key-cache.js';
import { toolKeyChecks, type ToolKeyState } from '../../key-store/tool-key.state.js';
import { Clock } from '../../support/clock.js';
import { KeyVerifier } from './key.verifier.js';
import { principalOfToolKey } from './principals.js';
import type { KeyTerms } from './verified-credential.js';

/** Verifies the tool keys of agents. */
@Injectable()
export class ToolKeyVerifier extends KeyVerifier<ToolKeyState> {
  constructor(
    mint: KeyMint,
    keys: KeyCache,
    environment: KeyEnvironment,
    accounts: AccountsService,
    clock: Clock,
  ) {
    const kind = {
      code: 'INVALID_TOOL_KEY',
      type: 'tool_key',
      shapeOf: (key: string) => mint.shapeOfToolKey(key),
      peek: (hash: string) => keys.cachedToolKey(hash),
      isFamiliar: (hash: string) => keys.hasFoundToolKey(hash),
      find: (hash: string, asker?: Asker) => keys.findToolKey(hash, asker),
      checks: toolKeyChecks,
      // A tool key is never stronger than its issuer.
      allowedIpsOf: ({ issuerKey }: ToolKeyState) => issuerKey?.allowedIps ?? null,
      verifiedAs: (key: ToolKeyState) => ({ user: principalOfToolKey(key), terms: termsOf(key) }),
    } as const;
    super(kind, environment, accounts, clock);
  }
}

/** Calls use up the limit of the API key behind it: many tool keys are no way around that. */
function termsOf({ id, ownerId, userId, issuerKey, payerId }: ToolKeyState): KeyTerms {
  const rateLimit = issuerKey?.rateLimit ?? null;
  return {
    key: { type: 'tool_key', id, ownerId, userId },
    limit: issuerKey === null || rateLimit === null ? null : { ...rateLimit, lineageId: issuerKey.lineageId },
    payerId,
    announcedEnd: null,
  };
}
