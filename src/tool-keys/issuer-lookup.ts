import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { requireActive } from '../identity/accounts.service.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { apiKeyOutcome, type KeyRef, stateOfApiKey } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import { toolKeyOutcome, type ToolKeyState } from '../key-store/tool-key.state.js';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';

/** Who issues a tool key, looked at anew. */
export interface Issuer {
  readonly user: AuthenticatedUser;
  /** The tool key that issues, if it is one. */
  readonly parent: ToolKeyState | null;
  /** The user and the API key at the origin. */
  readonly userId: string | null;
  readonly keyId: string | null;
  /** When it ends itself, epoch milliseconds; `null` for whoever came without a key and for a key without an end. */
  readonly expiresAt: number | null;
}

/** Looks at those who ask, so that none whose credential ended since the request was admitted issues or ends anything. */
@Injectable()
export class IssuerLookup {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly clock: Clock,
  ) {}

  /** Throws the 401 of whichever credential it is when that has ended, or its user or owner is disabled. */
  async requireLive(user: AuthenticatedUser): Promise<Issuer> {
    const issuer = await this.find(user);
    await this.database.read((manager) => requireActive(manager, user.ownerId, issuer.userId), {
      owner: user.ownerId,
    });
    return issuer;
  }

  /** The same without a look at user and owner, which the desk takes for a whole group. */
  find(user: AuthenticatedUser): Promise<Issuer> {
    switch (user.source.type) {
      case 'jwt':
      case 'custom':
        return Promise.resolve({ user, parent: null, userId: user.userId, keyId: null, expiresAt: null });
      case 'api_key':
        return this.findApiKey(user, user.source.keyId);
      case 'tool_key':
        return this.findToolKey(user, user.source.keyId);
    }
  }

  private async findApiKey(user: AuthenticatedUser, id: string): Promise<Issuer> {
    const key = await this.apiKeys.find(id, { owner: user.ownerId });
    const outcome = key === null ? 'NOT_FOUND' : apiKeyOutcome(stateOfApiKey(key), this.clock.now());
    if (outcome !== 'VALID')
      throw ended('INVALID_API_KEY', outcome, {
        type: 'api_key',
        id,
        ownerId: user.ownerId,
        userId: user.userId,
      });
    const expiresAt = key?.expiresAt?.getTime() ?? null;
    return { user, parent: null, userId: user.userId, keyId: id, expiresAt };
  }

  private async findToolKey(user: AuthenticatedUser, id: string): Promise<Issuer> {
    const [found] = await this.toolKeys.findByIds([id], { owner: user.ownerId });
    const outcome = found === undefined ? 'NOT_FOUND' : toolKeyOutcome(found.state, this.clock.now());
    if (found === undefined || outcome !== 'VALID')
      throw ended('INVALID_TOOL_KEY', outcome, { type: 'tool_key', id, ownerId: user.ownerId, userId: null });
    const { state } = found;
    return {
      user,
      parent: state,
      userId: state.userId,
      keyId: state.issuerKey?.id ?? null,
      expiresAt: state.expiresAt,
    };
  }
}

function ended(code: 'INVALID_API_KEY' | 'INVALID_TOOL_KEY', outcome: Outcome, key: KeyRef): AuthError {
  return new AuthError(code, { cause: { outcome, key } });
}
