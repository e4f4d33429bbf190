import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantColumn } from '../database/instant.column.js';

/** The tenant that data belongs to. */
@Entity('owners')
export class Owner {
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_owners' })
  id!: string;

  @Column({ type: 'varchar', length: 320 })
  name!: string;

  @InstantColumn({ name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}
