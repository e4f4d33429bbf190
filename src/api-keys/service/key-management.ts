import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../audit/audit-trail.js';
import { stretchOf } from '../../auth/http/page-of.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { Clock } from '../../principal/clock.js';
import type { RequestOrigin } from '../../principal/request-origin.js';
import type { EventsQuery } from '../audit-event.schemas.js';
import { toAuditEvents } from '../audit-event.views.js';
import type {
  CreateServiceKeyRequest,
  ListKeysQuery,
  RevokeKeyRequest,
  RotateKeyRequest,
  UpdateServiceKeyRequest,
} from './service-key.schemas.js';
import { toApiKey, toApiKeys, toDetails, toNewApiKey } from './service-key.views.js';
import { type KeySettings, type Reach, ServiceKeysService } from './service-keys.service.js';

/** The requests about keys, from an owner or an admin, in terms of `ServiceKeysService`, and its results as answers. */
@Injectable()
export class KeyManagement {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  async create(
    user: AuthenticatedUser,
    body: CreateServiceKeyRequest & { ownerId: string },
    origin: RequestOrigin,
  ) {
    const { ownerId, environment, ...settings } = body;
    const made = await this.keys.create(user, { ownerId, environment }, settingsOf(settings), origin);
    return toNewApiKey(made, this.clock.now());
  }

  async list(reach: Reach, { limit, cursor, ...filter }: ListKeysQuery & { ownerId?: string }) {
    const list = `keys ${reach} ${JSON.stringify(filter)}`;
    return toApiKeys(
      await this.keys.list(reach, filter, stretchOf({ limit, cursor }, list)),
      list,
      this.clock.now(),
    );
  }

  async find(reach: Reach, id: string) {
    const { stored, previous } = await this.keys.find(reach, id);
    return toDetails(stored, previous, this.clock.now());
  }

  async update(
    user: AuthenticatedUser,
    reach: Reach,
    id: string,
    body: UpdateServiceKeyRequest,
    origin: RequestOrigin,
  ) {
    return toApiKey(await this.keys.update(user, reach, id, settingsOf(body), origin), this.clock.now());
  }

  async rotate(
    user: AuthenticatedUser,
    reach: Reach,
    id: string,
    body: RotateKeyRequest | undefined,
    origin: RequestOrigin,
  ) {
    const made = await this.keys.rotate(user, reach, id, body?.overlapSeconds ?? 0, origin);
    return toNewApiKey(made, this.clock.now());
  }

  async revoke(
    user: AuthenticatedUser,
    reach: Reach,
    id: string,
    body: RevokeKeyRequest | undefined,
    origin: RequestOrigin,
  ) {
    return toApiKey(await this.keys.revoke(user, reach, id, body?.reason, origin), this.clock.now());
  }

  async events(reach: Reach, id: string, query: EventsQuery) {
    await this.keys.find(reach, id);
    const list = `events of key ${id}`;
    return toAuditEvents(await this.audit.find({ subjectId: id }, stretchOf(query, list)), list);
  }
}

function settingsOf<T extends { expiresAt?: string | null }>(
  body: T,
): Omit<T, 'expiresAt'> & Pick<Partial<KeySettings>, 'expiresAt'> {
  const { expiresAt, ...settings } = body;
  if (expiresAt === undefined) return settings;
  return { ...settings, expiresAt: expiresAt === null ? null : new Date(expiresAt) };
}
