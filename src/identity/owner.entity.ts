import { Column, PrimaryColumn } from 'typeorm';
import { InstantColumn } from '../database/tables/instant.column.js';
import { OwnTable } from '../database/tables/own-table.js';

/** The tenant that data belongs to. */
@OwnTable('owners')
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
