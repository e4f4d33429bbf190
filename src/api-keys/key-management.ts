import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import type { ReadOptions } from '../database/database.js';
import { type EventsQuery, toAuditEvents } from '../http/audit-events.js';
import { pageRequestOf } from '../http/paging.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { OwnersService } from '../identity/owners.service.js';
import { KeyEnvironment } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import type { KeySettings } from './key-changes.js';
import type { Manager, OwnerScope } from './key-manager.js';
import { hoursOf, toKeyUsage, usagePeriodOf, type UsageQuery } from './key-usage.js';
import type {
  CreateKeyForOwnerRequest,
  CreateServiceKeyRequest,
  ListAllKeysQuery,
  ListKeysQuery,
  RevokeKeyRequest,
  RotateKeyRequest,
  UpdateServiceKeyRequest,
} from './service-key.schemas.js';
import { toApiKey, toApiKeys, toDetails, toNewApiKey } from './service-key.views.js';
import { ServiceKeysService } from './service-keys.service.js';

/** The requests about keys, from an owner or an admin, in terms of `ServiceKeysService`, and its results as answers. */
@Injectable()
export class KeyManagement {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly owners: OwnersService,
    private readonly audit: AuditTrail,
    private readonly keyUsage: KeyUsage,
    private readonly environment: KeyEnvironment,
    private readonly clock: Clock,
  ) {}

  async create(
    user: Manager,
    body: CreateServiceKeyRequest & { ownerId: string },
    origin: RequestOrigin | null,
  ) {
    const { ownerId, environment = this.environment.default, ...settings } = body;
    const made = await this.keys.create(user, { ownerId, environment }, settingsOf(settings), origin);
    return toNewApiKey(made, this.clock.now());
  }

  /** `VALIDATION_FAILED` for an owner that is not there. */
  async createForOwner(user: Manager, body: CreateKeyForOwnerRequest, origin: RequestOrigin | null) {
    const { ownerId = platformOwnerId } = body;
    if (!(await this.owners.exists(ownerId))) {
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: 'ownerId', message: 'There is no such owner.' }],
      });
    }
    return this.create(user, { ...body, ownerId }, origin);
  }

  async listAll(query: ListAllKeysQuery) {
    const { limit: _limit, cursor: _cursor, ...filter } = query;
    return { ...(await this.list(null, query)), total: await this.keys.count(null, filter) };
  }

  async list(reach: OwnerScope, { limit, cursor, ...filter }: ListKeysQuery & { ownerId?: string }) {
    const list = `keys ${reach} ${JSON.stringify(filter)}`;
    return toApiKeys(
      await this.keys.list(reach, filter, pageRequestOf({ limit, cursor }, list)),
      list,
      this.clock.now(),
    );
  }

  async find(reach: OwnerScope, id: string) {
    const { stored, previous } = await this.keys.find(reach, id);
    return toDetails(stored, previous, this.clock.now());
  }

  async update(
    user: Manager,
    reach: OwnerScope,
    id: string,
    body: UpdateServiceKeyRequest,
    origin: RequestOrigin | null,
  ) {
    return toApiKey(await this.keys.update(user, reach, id, settingsOf(body), origin), this.clock.now());
  }

  async rotate(
    user: Manager,
    reach: OwnerScope,
    id: string,
    body: RotateKeyRequest | undefined,
    origin: RequestOrigin | null,
  ) {
    const made = await this.keys.rotate(user, reach, id, body?.overlapSeconds ?? 0, origin);
    return toNewApiKey(made, this.clock.now());
  }

  async revoke(
    user: Manager,
    reach: OwnerScope,
    id: string,
    body: RevokeKeyRequest | undefined,
    origin: RequestOrigin | null,
  ) {
    return toApiKey(await this.keys.revoke(user, reach, id, body?.reason, origin), this.clock.now());
  }

  async events(reach: OwnerScope, id: string, query: EventsQuery) {
    await this.keys.find(reach, id);
    const list = `events of key ${id}`;
    return toAuditEvents(
      await this.audit.find({ subjectId: id }, pageRequestOf(query, list), askerOf(reach)),
      list,
    );
  }

  async usage(reach: OwnerScope, id: string, query: UsageQuery) {
    const period = usagePeriodOf(query, this.clock.now());
    await this.keys.find(reach, id);
    return toKeyUsage(period, await this.keyUsage.countsOf(id, hoursOf(period), askerOf(reach)));
  }
}

function askerOf(reach: OwnerScope): ReadOptions {
  return { owner: reach ?? platformOwnerId };
}

function settingsOf<T extends { expiresAt?: string | null }>(
  body: T,
): Omit<T, 'expiresAt'> & Pick<Partial<KeySettings>, 'expiresAt'> {
  const { expiresAt, ...settings } = body;
  if (expiresAt === undefined) return settings;
  return { ...settings, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}
