import { Column, Index, PrimaryColumn } from 'typeorm';
import { v5 } from 'uuid';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import type { ActorLink, Environment } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';

const namespace = '3c1a2c0e-7f5d-5d0b-8e0e-2b6c8f0a9d41';

/** A task for which tool keys were issued. */
@GatehouseEntity('tasks')
export class Task {
  /** Derived from owner and task id, see {@link taskRefOf}. */
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_tasks' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** The id of the task in the application that runs it. */
  @Column({ name: 'task_id', type: 'varchar', length: 200 })
  taskId!: string;

  /** The highest attempt for which a key was issued. */
  @Column({ type: 'integer' })
  attempt!: number;

  /** Only keys of the current generation are valid. Increasing it ends all keys of the task. */
  @Column({ type: 'integer' })
  generation!: number;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

/** The id of a task's row, different for each owner (UUIDv5, RFC 9562 §5.5). */
export function taskRefOf(ownerId: string, taskId: string): string {
  return v5(JSON.stringify([ownerId, taskId]), namespace);
}

/** The name of a task's row in the `rows` of `QueueOptions`. */
export function rowOfTask(id: string): string {
  return `tasks ${id}`;
}

/** Number of heartbeats that a key can miss in a row before its lease is lost. */
export const allowedMissedBeats = 3;

/** How a tool key ended. `above`: with its task or a key above it. */
export type ToolKeyEnd = 'revoked' | 'expired' | 'lease_lost' | 'above';

/**
 * A short-lived key for one task, never stronger than its issuer. It ends with everything above it, but only the row at
 * the top records that end, so that ending a tree changes one row.
 */
@GatehouseEntity('tool_keys')
@Index('uq_tool_keys_hash', ['hash'], { unique: true })
@Index('ix_tool_keys_owner', ['ownerId', 'id'])
@Index('ix_tool_keys_task', ['taskRef', 'id'])
@Index('ix_tool_keys_parent', ['parentId'], { where: `"parent_id" IS NOT NULL` })
@Index('ix_tool_keys_budget', ['budgetId'], { where: `"budget_id" IS NOT NULL` })
@Index('ix_tool_keys_creator', ['createdById', 'id'], { where: `"created_by_id" IS NOT NULL` })
@Index('ix_tool_keys_issuer_user', ['issuerUserId', 'id'], {
  where: `"issuer_user_id" IS NOT NULL AND "parent_id" IS NULL AND "ended_at" IS NULL`,
})
@Index('ix_tool_keys_active', ['ownerId', 'endsAt'], { where: `"ended_at" IS NULL` })
@Index('ix_tool_keys_ends', ['endsAt'], { where: `"ended_at" IS NULL` })
@Index('ix_tool_keys_leases', ['id'], { where: `"ended_at" IS NULL AND "heartbeat_seconds" IS NOT NULL` })
export class ToolKey {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_tool_keys' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  /** The row of its task. */
  @Column({ name: 'task_ref', type: 'varchar', length: 36, default: '' })
  taskRef!: string;

  @Column({ name: 'task_id', type: 'varchar', length: 200 })
  taskId!: string;

  /** What the agent is known by, if it was named. */
  @Column({ type: 'varchar', length: 100, nullable: true })
  name!: string | null;

  @Column({ type: 'integer', default: 1 })
  attempt!: number;

  /** The generation of its task when it was issued. */
  @Column({ type: 'integer', default: 0 })
  generation!: number;

  /** 1 for a key that was not issued by a tool key. */
  @Column({ type: 'integer', default: 1 })
  depth!: number;

  /** The tool key that issued it. */
  @Column({ name: 'parent_id', type: 'varchar', length: 36, nullable: true })
  parentId!: string | null;

  /** The user at the origin of the chain; null for a service key. */
  @Column({ name: 'issuer_user_id', type: 'varchar', length: 36, nullable: true })
  issuerUserId!: string | null;

  /** The API key at the origin of the chain; null for a user with a JWT. */
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

  /** Issued with a bounded token or key: rejected, as those are, on routes that ask for no scope. */
  @Column({ type: 'boolean', default: false })
  bounded!: boolean;

  /** From the origin to this key. */
  @Column({ name: 'actor_chain', type: 'simple-json' })
  actorChain!: ActorLink[];

  /** The interval of heartbeats for a key with a lease. */
  @Column({ name: 'heartbeat_seconds', type: 'integer', nullable: true })
  heartbeatSeconds!: number | null;

  /** Number of calls that the key and its children may make; null without a limit. */
  @Column({ name: 'max_calls', type: 'integer', nullable: true })
  maxCalls!: number | null;

  /** Part of `maxCalls` used by the key, by children without a budget of their own, and by ended children that returned the rest. */
  @Column({ name: 'calls_used', type: 'integer', default: 0 })
  callsUsed!: number;

  /** Part of `maxCalls` granted to children that have not returned the rest. */
  @Column({ name: 'calls_given', type: 'integer', default: 0 })
  callsGiven!: number;

  /** The key above it that granted its `maxCalls` or, without those, is charged for its calls. */
  @Column({ name: 'budget_id', type: 'varchar', length: 36, nullable: true })
  budgetId!: string | null;

  /** When its unused calls were returned. */
  @InstantColumn({ name: 'settled_at', nullable: true })
  settledAt!: Date | null;

  @InstantColumn({ name: 'expires_at' })
  expiresAt!: Date;

  /** When it ends: at its expiry or, with a lease, earlier without a heartbeat. */
  @InstantColumn({ name: 'ends_at', default: 0 })
  endsAt!: Date;

  @InstantColumn({ name: 'ended_at', nullable: true })
  endedAt!: Date | null;

  @Column({ name: 'end_reason', type: 'varchar', length: 16, nullable: true })
  endReason!: ToolKeyEnd | null;

  @InstantColumn({ name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  /** Who made it: a user or, without one, the key or program that acted. */
  @Column({ name: 'created_by_type', type: 'varchar', length: 16, nullable: true })
  createdByType!: ActorLink['type'] | null;

  @Column({ name: 'created_by_id', type: 'varchar', length: 255, nullable: true })
  createdById!: string | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

/** The name of a tool key's row in the `rows` of `QueueOptions`. */
export function rowOfToolKey(id: string): string {
  return `tool_keys ${id}`;
}
