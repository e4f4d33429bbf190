import { ConfigurableModuleBuilder, Inject, Injectable, Optional } from '@nestjs/common';
import { z } from 'zod';
import { limitOption } from '../auth/options/check-module-options.js';
import { routesSchemas } from '../http/mounted-routes.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { OwnerQuota } from '../limits/owner-quota.js';
import { isAdmin } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { type KeyManager, principalOf } from './key-manager.js';

export const apiKeysRoutes = [
  'personal',
  'service',
  'admin',
  'self',
  'sign-out',
  'verify',
  'explain',
] as const;

/** The routes of API keys, and limits for them. */
export interface ApiKeysModuleOptions {
  /** The path before the routes, after your global prefix; by default `api/v1`. What the prefix ends with is not repeated. */
  readonly path?: string;
  /** The routes to mount; by default all. With `[]` there are none, and the services work all the same. */
  readonly controllers?: readonly (
    'personal' | 'service' | 'admin' | 'self' | 'sign-out' | 'verify' | 'explain'
  )[];
  /** API keys of one owner that are neither revoked nor expired; by default 1,000. Admins and the command line may exceed it. */
  readonly maxPerOwner?: number;
  /** Days without a use after which a key has an `unused` event; by default 90. With 0 there are none. */
  readonly unusedDays?: number;
  /** What happens then: `notify`, the default, only writes the event; `disable` also disables the key, unless it is an admin's. */
  readonly unusedAction?: 'notify' | 'disable';
}

const mostUnusedDays = 36_500;
const unusedDaysRule = `unusedDays is a whole number of days from 0, which is off, to ${mostUnusedDays}.`;
const unusedActions = ['notify', 'disable'] as const;

export const apiKeysOptionsSchema = z.strictObject({
  maxPerOwner: limitOption('maxPerOwner'),
  unusedDays: z.int(unusedDaysRule).min(0, unusedDaysRule).max(mostUnusedDays, unusedDaysRule).optional(),
  unusedAction: z.enum(unusedActions, 'unusedAction is notify or disable.').optional(),
  ...routesSchemas(apiKeysRoutes),
} satisfies Record<keyof ApiKeysModuleOptions, z.ZodType>);

export const { ConfigurableModuleClass: ConfigurableApiKeysModule, MODULE_OPTIONS_TOKEN: apiKeysOptions } =
  new ConfigurableModuleBuilder<ApiKeysModuleOptions>().setClassMethodName('forRoot').build();

/** Limits how many API keys an owner has. */
@Injectable()
export class KeyQuota {
  private readonly quota: OwnerQuota;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
    @Optional() @Inject(apiKeysOptions) { maxPerOwner = 1_000 }: ApiKeysModuleOptions = {},
  ) {
    this.quota = new OwnerQuota(maxPerOwner, (ownerId) => this.countNotEnded(ownerId), clock);
  }

  /** Runs `add`, which adds a key. `TOO_MANY_KEYS` if the owner of the manager has too many; admins have no limit. */
  within<T>(manager: KeyManager, add: () => Promise<T>): Promise<T> {
    const user = principalOf(manager);
    return user === undefined || isAdmin(user) ? add() : this.quota.addTo(user.ownerId, add);
  }

  /** A key of the owner has ended: the next addition counts again. */
  noteEnded(ownerId: string): void {
    this.quota.recountSoon(ownerId);
  }

  /** A disabled key counts, as it may be enabled again. */
  private async countNotEnded(ownerId: string): Promise<number> {
    const now = this.clock.now();
    const active = await this.store.count({ ownerId, status: { is: 'active', now } });
    return active + (await this.store.count({ ownerId, status: { is: 'disabled', now } }));
  }
}
