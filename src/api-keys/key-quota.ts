import { ConfigurableModuleBuilder, Inject, Injectable, Optional } from '@nestjs/common';
import { z } from 'zod';
import { limitOption } from '../auth/options/check-module-options.js';
import { routesSchemas } from '../http/mounted-routes.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { type ApiKeyChanges, ApiKeyStore } from '../key-store/api-key.store.js';
import { type LeaksOptions, leaksOptionsSchema } from '../leaks/leak-options.js';
import { OwnerQuota } from '../limits/owner-quota.js';
import { AuthError } from '../principal/auth-error.js';
import { isAdmin } from '../principal/scopes.js';
import { Clock } from '../support/clock.js';
import { type KeyManager, principalOf, userOf } from './key-manager.js';

export const apiKeysRoutes = [
  'personal',
  'access',
  'service',
  'admin',
  'self',
  'leaks',
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
    'personal' | 'access' | 'service' | 'admin' | 'self' | 'leaks' | 'sign-out' | 'verify' | 'explain'
  )[];
  /** Service keys of one owner that are neither revoked nor expired; by default 1,000. Admins and the command line may exceed it. */
  readonly maxPerOwner?: number;
  /** Days without a use after which a key has an `unused` event; by default 90. With 0 there are none. */
  readonly unusedDays?: number;
  /** What happens then: `notify`, the default, only writes the event; `disable` also disables a service or access key that is no admin's. */
  readonly unusedAction?: 'notify' | 'disable';
  /** Access keys of one user that are neither revoked nor expired; by default 50. */
  readonly accessKeysPerUser?: number;
  /** Days after which an access key expires at the latest; by default 365. */
  readonly accessKeyMaxDays?: number;
  /** `true`: people may create access keys that never expire; by default `false`. */
  readonly accessKeysWithoutExpiry?: boolean;
  /** What happens to keys that are reported as leaked. */
  readonly leaks?: LeaksOptions;
}

const mostUnusedDays = 36_500;
const unusedDaysRule = `unusedDays is a whole number of days from 0, which is off, to ${mostUnusedDays}.`;
const unusedActions = ['notify', 'disable'] as const;

export const apiKeysOptionsSchema = z.strictObject({
  maxPerOwner: limitOption('maxPerOwner'),
  unusedDays: z.int(unusedDaysRule).min(0, unusedDaysRule).max(mostUnusedDays, unusedDaysRule).optional(),
  unusedAction: z.enum(unusedActions, 'unusedAction is notify or disable.').optional(),
  accessKeysPerUser: limitOption('accessKeysPerUser'),
  accessKeyMaxDays: limitOption('accessKeyMaxDays'),
  accessKeysWithoutExpiry: z.boolean('accessKeysWithoutExpiry is true or false.').optional(),
  leaks: leaksOptionsSchema,
  ...routesSchemas(apiKeysRoutes),
} satisfies Record<keyof ApiKeysModuleOptions, z.ZodType>);

export const { ConfigurableModuleClass: ConfigurableApiKeysModule, MODULE_OPTIONS_TOKEN: apiKeysOptions } =
  new ConfigurableModuleBuilder<ApiKeysModuleOptions>().setClassMethodName('forRoot').build();

/** Limits how many service keys an owner has, and how many access keys a user. */
@Injectable()
export class KeyQuota {
  private readonly quota: OwnerQuota;
  private readonly accessKeysPerUser: number;

  constructor(
    private readonly store: ApiKeyStore,
    private readonly clock: Clock,
    @Optional()
    @Inject(apiKeysOptions)
    { maxPerOwner = 1_000, accessKeysPerUser = 50 }: ApiKeysModuleOptions = {},
  ) {
    this.accessKeysPerUser = accessKeysPerUser;
    this.quota = new OwnerQuota(maxPerOwner, (ownerId) => this.countNotEnded(ownerId), clock);
  }

  /** Runs `add`, which adds a service key. `TOO_MANY_KEYS` if the owner of the manager has too many; admins have no limit. */
  within<T>(manager: KeyManager, add: () => Promise<T>): Promise<T> {
    const user = principalOf(manager);
    const isUnlimited = user === undefined || isAdmin(user) || typeof manager.scope === 'object';
    return isUnlimited ? add() : this.quota.addTo(user.ownerId, add);
  }

  /**
   * Inside a change that has locked the user of an access key to be added: `TOO_MANY_KEYS` if the user has too many, and
   * `VALIDATION_FAILED` if the store has no access keys.
   */
  async requireRoom(keys: ApiKeyChanges, { scope }: KeyManager): Promise<void> {
    const userId = userOf(scope);
    if (userId === null) return;
    const existing = await accessKeysOf(keys, userId, this.clock.now());
    if (existing.length >= this.accessKeysPerUser)
      throw new AuthError('TOO_MANY_KEYS', { details: { most: this.accessKeysPerUser, per: 'user' } });
  }

  /** A key of the owner has ended: the next addition counts again. */
  noteEnded(ownerId: string): void {
    this.quota.recountSoon(ownerId);
  }

  /** A disabled key counts, as it may be enabled again. */
  private async countNotEnded(ownerId: string): Promise<number> {
    const now = this.clock.now();
    const kind = 'service';
    const active = await this.store.count({ ownerId, kind, status: { is: 'active', now } });
    return active + (await this.store.count({ ownerId, kind, status: { is: 'disabled', now } }));
  }
}

/** The access keys of a user that have not ended. */
export async function accessKeysOf(keys: ApiKeyChanges, userId: string, now: number): Promise<ApiKey[]> {
  if (keys.findAccessKeys !== undefined) return keys.findAccessKeys(userId, now);
  const message = 'The key store of this application has no access keys.';
  throw new AuthError('VALIDATION_FAILED', { message, details: [{ path: 'kind', message }] });
}
