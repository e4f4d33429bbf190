import { Injectable } from '@nestjs/common';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import type { Idempotency, IdempotentRequest } from '../key-store/idempotent-request.js';
import { KeyEnvironment, KeyMint } from '../key-store/key-mint.js';
import type { Environment } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { requireWithinImposed } from './access-key-rules.js';
import { recordKeyEvents } from './key-changes.js';
import { actorOf, type KeyManager, requireKeyGrant } from './key-manager.js';
import { ManagedKeys } from './managed-keys.js';
import { RepeatedCreations } from './repeated-creations.js';
import { type RepeatedKeyView, toNewApiKey } from './service-key.views.js';

/** A key to be created. */
interface Creation {
  readonly environment: Environment | undefined;
  readonly idempotency: Idempotency | undefined;
  /** Throws for a request that is wrong at the wall-clock time `now`, but not for one that repeats another. */
  readonly check: (now: number) => void;
  /** The settings of the key, inside the change that adds it. */
  readonly settingsOf: (
    keys: ApiKeyChanges,
    callingKey: ApiKey | null,
  ) => Promise<Omit<Parameters<typeof newApiKey>[1], 'environment'>>;
}

/** Creates API keys of any kind that managers create. A repeated request answers with the key that the first one created. */
@Injectable()
export class KeyCreations {
  constructor(
    private readonly keys: ManagedKeys,
    private readonly repeated: RepeatedCreations,
    private readonly mint: KeyMint,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  async create(
    manager: KeyManager,
    { environment = this.environment.default, idempotency, check, settingsOf }: Creation,
  ): Promise<RepeatedKeyView> {
    const earlier = await this.repeated.find(idempotency);
    if (earlier !== undefined) return this.repeat(manager, earlier);
    const now = this.clock.now();
    check(now);
    const minted = this.mint.mintApiKey(environment);
    const stored = await this.keys.add(manager, async (keys, callingKey) => {
      await this.repeated.requireNew(keys, idempotency);
      const stored = newApiKey(minted, { ...(await settingsOf(keys, callingKey)), environment }, now);
      requireKeyGrant(manager, callingKey, stored);
      await requireWithinImposed(keys, stored, now);
      await this.repeated.insert(keys, stored, { idempotency, replacedId: null });
      await recordKeyEvents(keys, actorOf(manager), stored, ['created']);
      return stored;
    });
    return toNewApiKey({ stored, key: minted.key, previous: null }, this.clock.now());
  }

  /** The key that an earlier request created, if the manager may create such a key still. */
  async repeat(manager: KeyManager, { keyId, replacedId }: IdempotentRequest): Promise<RepeatedKeyView> {
    const repeated = await this.keys.change(manager, keyId, async ({ keys, key, callingKey }) => {
      requireKeyGrant(manager, callingKey, key);
      const previous = replacedId === null ? null : await keys.find(replacedId);
      return { ...(await this.repeated.renew(keys, actorOf(manager), key)), previous };
    });
    return toNewApiKey(repeated, this.clock.now());
  }
}
