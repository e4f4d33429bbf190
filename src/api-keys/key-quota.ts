import { ConfigurableModuleBuilder, Inject, Injectable, Optional } from '@nestjs/common';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { OwnerQuota } from '../limits/owner-quota.js';
import { isAdmin } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { type Manager, operator } from './key-manager.js';

/** What an application decides about API keys. */
export interface ApiKeysModuleOptions {
  /**
   * The most API keys of one owner that are neither revoked nor expired, 1,000 by default. Admins, and the command line,
   * are not held to it.
   */
  readonly maxPerOwner?: number;
}

export const { ConfigurableModuleClass: ConfigurableApiKeysModule, MODULE_OPTIONS_TOKEN: apiKeysOptions } =
  new ConfigurableModuleBuilder<ApiKeysModuleOptions>().setClassMethodName('forRoot').build();

/** How many API keys an owner may have. */
@Injectable()
export class KeyQuota {
  private readonly room: OwnerQuota;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
    @Optional() @Inject(apiKeysOptions) { maxPerOwner = 1_000 }: ApiKeysModuleOptions = {},
  ) {
    this.room = new OwnerQuota(maxPerOwner, (ownerId) => this.countUnended(ownerId), clock);
  }

  /** Runs `add`, which adds a key. `TOO_MANY_KEYS` when the manager's owner has as many as it may; admins may add any. */
  within<T>(manager: Manager, add: () => Promise<T>): Promise<T> {
    return manager === operator || isAdmin(manager) ? add() : this.room.addTo(manager.ownerId, add);
  }

  /** A key of the owner has ended: there may be room at once. */
  noteEnded(ownerId: string): void {
    this.room.recountSoon(ownerId);
  }

  /** One that is disabled counts, as it may be enabled again. */
  private async countUnended(ownerId: string): Promise<number> {
    const now = this.clock.now();
    const active = await this.store.count({ ownerId, status: { is: 'active', now } });
    return active + (await this.store.count({ ownerId, status: { is: 'disabled', now } }));
  }
}
