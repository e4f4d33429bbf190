import { Column, PrimaryColumn } from 'typeorm';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';

/** The owner of the keys that run the platform; it is the same in every installation. */
export const platformOwnerId = '00000000-0000-7000-8000-000000000001';

/** The tenant that data belongs to. */
@GatehouseEntity('owners')
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
