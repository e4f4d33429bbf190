import { Injectable } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-event.js';
import { validationFailed } from '../http/validation.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore, statusOfKey } from '../key-store/api-key.store.js';
import { type Idempotency, type IdempotentRequest, requireSame } from '../key-store/idempotent-request.js';
import { KeyMint } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import { recordKeyEvents } from './key-changes.js';

/** A key that an earlier request created; `key` is its new secret while it is unused. */
export interface RepeatedKey {
  readonly stored: ApiKey;
  readonly key: string | undefined;
}

/** By which request a key is created, and which key it replaces, if any. */
interface Creation {
  readonly idempotency: Idempotency | undefined;
  readonly replacedId: string | null;
}

/** Lets requests that create API keys be repeated by their `Idempotency-Key`. */
@Injectable()
export class RepeatedCreations {
  constructor(
    private readonly store: ApiKeyStore,
    private readonly usage: KeyUsage,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  /** The request that this one repeats, after a flush of this process's usage. It must be authorized again. */
  async find(idempotency: Idempotency | undefined): Promise<IdempotentRequest | undefined> {
    if (idempotency === undefined) return undefined;
    if (this.store.findRequest === undefined) throw unsupported();
    const found = await this.store.findRequest(idempotency.id, { owner: idempotency.ownerId });
    const earlier = requireSame(idempotency, found, this.clock.now());
    if (earlier !== undefined) await this.usage.flush();
    return earlier;
  }

  /** Inside a change, before anything is checked: `REQUEST_IN_PROGRESS` if the same request was stored since `find`. */
  async requireNew(keys: ApiKeyChanges, idempotency: Idempotency | undefined): Promise<void> {
    if (idempotency === undefined) return;
    if (keys.findRequest === undefined) throw unsupported();
    const found = await keys.findRequest(idempotency.id);
    if (requireSame(idempotency, found, this.clock.now()) !== undefined)
      throw new AuthError('REQUEST_IN_PROGRESS');
  }

  /** Inside a change, after `requireNew`: stores a key, and for a retry that this request created it. */
  async insert(keys: ApiKeyChanges, key: ApiKey, { idempotency, replacedId }: Creation): Promise<void> {
    await keys.insert(key);
    if (idempotency === undefined) return;
    if (keys.insertRequest === undefined) throw unsupported();
    const createdAt = new Date(this.clock.now());
    await keys.insertRequest({ ...idempotency, keyId: key.id, replacedId, createdAt });
  }

  /** Inside a change that has locked the key: gives it a new secret, unless it was used or is not active. */
  async renew(keys: ApiKeyChanges, actor: AuditActor, key: ApiKey): Promise<RepeatedKey> {
    const isUnused = key.lastUsedAt === null && key.replacedById === null;
    if (!isUnused || statusOfKey(key, this.clock.now()) !== 'active') return { stored: key, key: undefined };
    const { key: secret, hash, prefix } = this.mint.mintApiKey(key.environment);
    const stored = { ...key, hash, prefix };
    await keys.update(key.id, { hash, prefix });
    await recordKeyEvents(keys, actor, stored, ['updated'], { changed: ['key'], previousPrefix: key.prefix });
    return { stored, key: secret };
  }
}

function unsupported(): AuthError {
  const message = 'is not supported by the key store of this application';
  return validationFailed([{ path: ['Idempotency-Key'], message }]);
}
