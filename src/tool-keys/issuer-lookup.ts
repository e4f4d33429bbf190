import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { requireActive } from '../identity/active-holders.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { apiKeyOutcome, type KeyRef, stateOfApiKey } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import { toolKeyOutcome, type ToolKeyState } from '../key-store/tool-key.state.js';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, boundedUntil, issuedAtOf } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';

/** The caller that issues a tool key, with the current state of its credential. */
export interface Issuer {
  readonly user: AuthenticatedUser;
  /** The issuing tool key, or `null`. */
  readonly parent: ToolKeyState | null;
  /** The user and the API key at the origin. */
  readonly userId: string | null;
  readonly keyId: string | null;
  /** Of the key or bounded token, epoch milliseconds; `null` for one without an expiry and for other callers. */
  readonly expiresAt: number | null;
}

/** Checks callers again, so that a credential that ended since its request was admitted neither issues nor ends anything. */
@Injectable()
export class IssuerLookup {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly clock: Clock,
  ) {}

  /** Throws the 401 of the credential when it has ended, and `USER_NOT_FOUND` when its user or owner is disabled. */
  async findActive(user: AuthenticatedUser): Promise<Issuer> {
    const issuer = await this.find(user);
    await this.database.read(
      (manager) => requireActive(manager, user.ownerId, issuer.userId, issuedAtOf(user)),
      { owner: user.ownerId },
    );
    return issuer;
  }

  /** The same without the check of user and owner, which `IssueQueue` makes for a whole batch. */
  find(user: AuthenticatedUser): Promise<Issuer> {
    switch (user.source.type) {
      case 'jwt':
      case 'custom':
        return Promise.resolve(this.withoutKey(user));
      case 'api_key':
        return this.findApiKey(user, user.source.keyId);
      case 'tool_key':
        return this.findToolKey(user, user.source.keyId);
    }
  }

  /** A bounded token may have expired since, or be accepted for the clock skew still. */
  private withoutKey(user: AuthenticatedUser): Issuer {
    const expiresAt = boundedUntil(user.source) ?? null;
    if (expiresAt !== null && expiresAt <= this.clock.now()) throw new AuthError('EXPIRED_TOKEN');
    return { user, parent: null, userId: user.userId, keyId: null, expiresAt };
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
