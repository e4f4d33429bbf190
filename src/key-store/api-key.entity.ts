import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantColumn } from '../database/instant.column.js';
import type { Environment } from '../principal/authenticated-user.js';
import type { Role } from '../principal/roles.js';
import type { Scope } from '../principal/scopes.js';

/** A personal or service key. The key itself is not here, only its SHA-256. */
@Entity('api_keys')
@Index('uq_api_keys_hash', ['hash'], { unique: true })
@Index('uq_api_keys_active_personal', ['userId'], {
  unique: true,
  where: `"kind" = 'personal' AND "revoked_at" IS NULL`,
})
@Index('ix_api_keys_owner', ['ownerId', 'id'])
export class ApiKey {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_api_keys' })
  id!: string;

  @Column({ type: 'varchar', length: 16 })
  kind!: 'personal' | 'service';

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** The user a personal key acts as; null for a service key. */
  @Column({ name: 'user_id', type: 'varchar', length: 36, nullable: true })
  userId!: string | null;

  @Column({ type: 'varchar', length: 100 })
  name!: string;

  @Column({ type: 'varchar', length: 8 })
  environment!: Environment;

  /** SHA-256 of the whole key, lower-case hex. */
  @Column({ name: 'key_hash', type: 'varchar', length: 64 })
  hash!: string;

  /** The part that may be shown: everything up to the 8th character of the body. */
  @Column({ name: 'key_prefix', type: 'varchar', length: 64 })
  prefix!: string;

  @Column({ type: 'varchar', length: 16, nullable: true })
  role!: Role | null;

  /** Replaces the scopes of the role when set. */
  @Column({ type: 'simple-json', nullable: true })
  scopes!: Scope[] | null;

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  @InstantColumn({ name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @InstantColumn({ name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @InstantColumn({ name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}
