import { hash } from 'node:crypto';
import { Column, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { v5 } from 'uuid';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import { Owner } from './owner.entity.js';

/** A person, known by the issuer and the subject of a JWT. */
@GatehouseEntity('users')
@Index('uq_users_issuer_subject', ['issuer', 'subject'], { unique: true })
@Index('ix_users_owner', ['ownerId'])
@Index('ix_users_subject', ['subject'])
@Index('ix_users_created', ['createdAt', 'id'])
// Of the e-mail in any case, and for each status of that and the time of creation; TypeORM cannot describe them.
@Index('ix_users_email', { synchronize: false })
@Index('ix_users_active_created', { synchronize: false })
@Index('ix_users_active_email', { synchronize: false })
@Index('ix_users_disabled_created', { synchronize: false })
@Index('ix_users_disabled_email', { synchronize: false })
@Index('ix_users_erased_created', { synchronize: false })
@Index('ix_users_erased_email', { synchronize: false })
export class User {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_users' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  @ManyToOne(() => Owner, { nullable: false })
  @JoinColumn({ name: 'owner_id', foreignKeyConstraintName: 'fk_users_owner' })
  owner?: Owner;

  @Column({ type: 'varchar', length: 2048 })
  issuer!: string;

  @Column({ type: 'varchar', length: 255 })
  subject!: string;

  @Column({ type: 'varchar', length: 320, nullable: true })
  email!: string | null;

  @InstantColumn({ name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  /** When its personal data was deleted, which cannot be undone; `disabledAt` is set then, too. */
  @InstantColumn({ name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  /** Tokens that were issued before are rejected. It only moves forward. */
  @InstantColumn({ name: 'tokens_valid_from', nullable: true })
  tokensValidFrom!: Date | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

/** In place of the subject of an erased user: no subject has a line break, and nothing leads back from the hash. */
export function erasedSubject(subject: string): string {
  return `erased\n${hash('sha256', subject)}`;
}

const namespace = 'f1d1c8a2-5f1e-5c6b-9a63-6f5d2c9c5c0e';
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A lower-case UUID subject of the primary issuer is the user id; any other gets a UUIDv5 (RFC 9562 §5.5). */
export function userIdOf(issuer: string, subject: string, primary: boolean): string {
  return primary && uuid.test(subject) ? subject : v5(JSON.stringify([issuer, subject]), namespace);
}
