import { Injectable } from '@nestjs/common';
import type { KeyShape } from '../../key-store/key-format.js';
import { againstSignOut, toolKeyChecks, type ToolKeyState } from '../../key-store/tool-key.state.js';
import { type ContextCheck, KeyVerifier } from './key.verifier.js';
import { principalOfToolKey } from './principals.js';
import type { KeyTerms, VerifiedKey } from './verified-credential.js';

/** Verifies the tool keys of agents. A tool key has the limit and the networks of the API key that issued it. */
@Injectable()
export class ToolKeyVerifier extends KeyVerifier<ToolKeyState> {
  protected readonly code = 'INVALID_TOOL_KEY';
  protected readonly checks = toolKeyChecks;
  protected readonly lookup = this.keys.toolKeys;

  /** The account and not the state of the key: that is what is dropped when a person signs out. */
  protected override furtherChecks(): readonly ContextCheck<ToolKeyState>[] {
    return [
      { check: 'sign_out', against: (key, { tokensValidFrom }) => againstSignOut(key, tokensValidFrom) },
    ];
  }

  protected shapeOf(key: string): KeyShape {
    return this.mint.shapeOfToolKey(key);
  }

  protected allowedIpsOf({ issuerKey }: ToolKeyState): readonly string[] | null {
    return issuerKey?.allowedIps ?? null;
  }

  protected toVerified(key: ToolKeyState): VerifiedKey {
    const { id, ownerId, userId, issuerKey, payerId } = key;
    const terms: KeyTerms = {
      key: { type: 'tool_key', id, ownerId, userId },
      isOwnerBound: true,
      limit: issuerKey?.rateLimit ? { ...issuerKey.rateLimit, lineageId: issuerKey.lineageId } : null,
      payerId,
      announcedEnd: null,
    };
    return { user: principalOfToolKey(key), terms };
  }
}
