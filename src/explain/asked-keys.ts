import { Injectable } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { hashOfKey } from '../key-store/key-mint.js';
import { isToolKey } from '../key-store/key-format.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, isBounded } from '../principal/authenticated-user.js';
import { isAdmin } from '../principal/scopes.js';

/** The key that is explained, as it is stored. */
export type AskedKey =
  { readonly type: 'api_key'; readonly key: ApiKey } | ({ readonly type: 'tool_key' } & FoundToolKey);

/** Finds keys of either kind by id, or by the whole key. */
@Injectable()
export class AskedKeys {
  constructor(
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
  ) {}

  /** `NOT_FOUND` for a key that does not exist or that the caller must not view. */
  async find(
    user: AuthenticatedUser,
    by: { readonly key?: string; readonly keyId?: string },
  ): Promise<AskedKey> {
    const requester = { owner: user.ownerId };
    const found =
      by.key === undefined ? await this.byId(by.keyId ?? '', requester) : await this.byKey(by.key, requester);
    if (found === undefined || !mayView(user, found)) throw new AuthError('NOT_FOUND');
    return found;
  }

  private async byId(given: string, requester: ReadOptions): Promise<AskedKey | undefined> {
    const id = given.toLowerCase();
    return (
      asApiKey(await this.apiKeys.find(id, requester)) ??
      asToolKey(await this.toolKeys.findByIds([id], requester))
    );
  }

  private async byKey(key: string, requester: ReadOptions): Promise<AskedKey | undefined> {
    const hash = hashOfKey(key);
    if (!isToolKey(key)) return asApiKey(await this.apiKeys.findByHash(hash, requester));
    return asToolKey(await this.toolKeys.find((manager) => manager.findBy(ToolKey, { hash }), requester));
  }
}

/** An admin views every key, others those of their owner; a personal key only its user, with more than a bounded token. */
function mayView(user: AuthenticatedUser, { type, key }: AskedKey): boolean {
  if (isAdmin(user)) return true;
  if (key.ownerId !== user.ownerId) return false;
  if (type === 'tool_key' || key.kind !== 'personal') return true;
  return key.userId === user.userId && !isBounded(user.source);
}

function asApiKey(key: ApiKey | null): AskedKey | undefined {
  return key === null ? undefined : { type: 'api_key', key };
}

function asToolKey([found]: FoundToolKey[]): AskedKey | undefined {
  return found === undefined ? undefined : { type: 'tool_key', ...found };
}
