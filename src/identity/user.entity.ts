import { Column, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { InstantColumn } from '../database/tables/instant.column.js';
import { OwnTable } from '../database/tables/own-table.js';
import { Owner } from './owner.entity.js';

/** A person, known by the issuer and the subject of a JWT. */
@OwnTable('users')
@Index('uq_users_issuer_subject', ['issuer', 'subject'], { unique: true })
@Index('ix_users_owner', ['ownerId'])
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

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}
