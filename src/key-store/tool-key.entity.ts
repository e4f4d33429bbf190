import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantColumn } from '../database/instant.column.js';
import type { ActorLink, Environment } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';

/** A short-lived key for one task, never stronger than its issuer. */
@Entity('tool_keys')
@Index('uq_tool_keys_hash', ['hash'], { unique: true })
@Index('ix_tool_keys_owner_task', ['ownerId', 'taskId'])
@Index('ix_tool_keys_issuer_key', ['issuerKeyId'])
export class ToolKey {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_tool_keys' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  @Column({ name: 'task_id', type: 'varchar', length: 200 })
  taskId!: string;

  /** The user who issued it, directly or by a personal key; null when a service key did. */
  @Column({ name: 'issuer_user_id', type: 'varchar', length: 36, nullable: true })
  issuerUserId!: string | null;

  /** The API key that issued it; null when a user did with a JWT. */
  @Column({ name: 'issuer_key_id', type: 'varchar', length: 36, nullable: true })
  issuerKeyId!: string | null;

  /** SHA-256 of the whole key, lower-case hex. */
  @Column({ name: 'key_hash', type: 'varchar', length: 64 })
  hash!: string;

  @Column({ name: 'key_prefix', type: 'varchar', length: 64 })
  prefix!: string;

  @Column({ type: 'varchar', length: 8, nullable: true })
  environment!: Environment | null;

  @Column({ type: 'simple-json' })
  scopes!: Scope[];

  /** Who acts through this key, the origin first, itself last. */
  @Column({ name: 'actor_chain', type: 'simple-json' })
  actorChain!: ActorLink[];

  @InstantColumn({ name: 'expires_at' })
  expiresAt!: Date;

  @InstantColumn({ name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @InstantColumn({ name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}
