import { Column, Index, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import type { ActorLink, Environment } from '../principal/authenticated-user.js';
import type { RateLimit } from '../principal/grants.js';
import type { Role, Scope } from '../principal/scopes.js';
import { newId } from '../database/new-id.js';
import type { MintedKey } from './key-mint.js';
import { nextExpiring } from './key-notices.js';

/** Bounds that an admin set on a key of a person; `enabled: false` if the admin disabled it. */
export interface ImposedBounds {
  readonly enabled: boolean;
  /** Epoch milliseconds. */
  readonly expiresAt: number | null;
  readonly allowedIps: readonly string[] | null;
  readonly rateLimit: RateLimit | null;
}

/** A personal, access or service key. Only the SHA-256 of the key is stored. */
@GatehouseEntity('api_keys')
@Index('uq_api_keys_hash', ['hash'], { unique: true })
@Index('uq_api_keys_active_personal', ['userId'], {
  unique: true,
  where: `"kind" = 'personal' AND "revoked_at" IS NULL`,
})
@Index('ix_api_keys_owner', ['ownerId', 'id'])
@Index('ix_api_keys_user', ['userId', 'id'], { where: `"user_id" IS NOT NULL` })
@Index('ix_api_keys_unrevoked', ['ownerId'], { where: `"revoked_at" IS NULL` })
@Index('ix_api_keys_prefix', ['prefix'])
@Index('ix_api_keys_creator', ['createdById', 'id'], { where: `"created_by_id" IS NOT NULL` })
@Index('ix_api_keys_expiry', ['expiresAt'], {
  where: `"expires_at" IS NOT NULL AND "expiry_noted_at" IS NULL`,
})
// Without a condition, so that the index before it is preferred where both would do.
@Index('ix_api_keys_expires', ['expiresAt'])
@Index('ix_api_keys_expiring', ['expiringAt'], { where: `"expiring_at" IS NOT NULL` })
@Index('ix_api_keys_idle', ['idleSince'])
@Index('ix_api_keys_unused', ['idleSince'], {
  where: `"unused_noted_at" IS NULL AND "revoked_at" IS NULL AND "enabled"`,
})
export class ApiKey {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_api_keys' })
  id!: string;

  @Column({ type: 'varchar', length: 16 })
  kind!: 'personal' | 'access' | 'service';

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** The user a personal or access key acts as; null for a service key. */
  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  @Column({ type: 'varchar', length: 8 })
  environment!: Environment;

  /** SHA-256 of the whole key, lower-case hex. */
  @Column({ name: 'key_hash', type: 'varchar', length: 64 })
  hash!: string;

  /** The display prefix: everything up to the 8th character of the body. */
  @Column({ name: 'key_prefix', type: 'varchar', length: 64 })
  prefix!: string;

  @Column({ type: 'varchar', length: 16, nullable: true })
  role!: Role | null;

  /** Replaces the scopes of the role when set. */
  @Column({ type: 'simple-json', nullable: true })
  scopes!: Scope[] | null;

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  /** Made with a bounded token or key: rejected, as those are, on routes that ask for no scope. */
  @Column({ type: 'boolean', default: false })
  bounded!: boolean;

  /** At most `limit` requests in each window; null without a limit. */
  @Column({ name: 'rate_limit', type: 'simple-json', nullable: true })
  rateLimit!: RateLimit | null;

  /** Addresses and networks that may use the key; null for all. */
  @Column({ name: 'allowed_ips', type: 'simple-json', nullable: true })
  allowedIps!: string[] | null;

  /** What an admin set on an access key: its user can narrow it, but not lift it. Null if no admin changed the key. */
  @Column({ type: 'simple-json', nullable: true })
  imposed!: ImposedBounds | null;

  /** Free for use by the owner. */
  @Column({ type: 'simple-json', nullable: true })
  metadata!: object | null;

  /** The key that it replaced by rotation. */
  @Column({ name: 'replaces_id', type: 'varchar', length: 36, nullable: true })
  replacesId!: string | null;

  /** The key that replaced it. */
  @Column({ name: 'replaced_by_id', type: 'varchar', length: 36, nullable: true })
  replacedById!: string | null;

  /** The lineage whose window its limit counts in. Null: the key itself or, for a personal key, its user; see `lineageOf`. */
  @Column({ name: 'lineage_id', type: 'varchar', length: 36, nullable: true })
  lineageId!: string | null;

  @InstantColumn({ name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @InstantColumn({ name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column({ name: 'revoke_reason', type: 'varchar', length: 200, nullable: true })
  revokeReason!: string | null;

  /** When the expiry was recorded, with an `expired` event unless the key was revoked before; null until then. */
  @InstantColumn({ name: 'expiry_noted_at', nullable: true })
  expiryNotedAt!: Date | null;

  /** When the next `expiring` event is due; null if none is. */
  @InstantColumn({ name: 'expiring_at', nullable: true })
  expiringAt!: Date | null;

  /** The last time that it was used, to the hour, or was created or enabled. */
  @InstantColumn({ name: 'idle_since', default: 0 })
  idleSince!: Date;

  /** When it was noted that the key is not used, with an `unused` event unless it had ended; null once it is used again. */
  @InstantColumn({ name: 'unused_noted_at', nullable: true })
  unusedNotedAt!: Date | null;

  @InstantColumn({ name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column({ name: 'last_used_ip', type: 'varchar', length: 45, nullable: true })
  lastUsedIp!: string | null;

  @Column({ name: 'last_used_user_agent', type: 'varchar', length: 255, nullable: true })
  lastUsedUserAgent!: string | null;

  /** Who made it: a user or, without one, the key or program that acted; null if imported, or made by the operator. */
  @Column({ name: 'created_by_type', type: 'varchar', length: 16, nullable: true })
  createdByType!: ActorLink['type'] | null;

  @Column({ name: 'created_by_id', type: 'varchar', length: 255, nullable: true })
  createdById!: string | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

type Settings = Pick<ApiKey, 'kind' | 'ownerId' | 'userId' | 'name' | 'environment'> & Partial<ApiKey>;

/** @internal A new row: by default enabled and without restrictions. */
export function newApiKey(
  { hash, prefix }: Pick<MintedKey, 'hash' | 'prefix'>,
  settings: Settings,
  now: number,
): ApiKey {
  return {
    id: newId(),
    hash,
    prefix,
    role: null,
    scopes: null,
    enabled: true,
    bounded: false,
    rateLimit: null,
    allowedIps: null,
    imposed: null,
    metadata: null,
    replacesId: null,
    replacedById: null,
    lineageId: null,
    expiresAt: null,
    revokedAt: null,
    revokeReason: null,
    expiryNotedAt: null,
    expiringAt: nextExpiring(settings.expiresAt ?? null, now),
    idleSince: new Date(now),
    unusedNotedAt: null,
    lastUsedAt: null,
    lastUsedIp: null,
    lastUsedUserAgent: null,
    createdByType: null,
    createdById: null,
    createdAt: new Date(now),
    ...settings,
  };
}
