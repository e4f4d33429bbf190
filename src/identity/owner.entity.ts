import { Column, PrimaryColumn } from 'typeorm';
import { v5 } from 'uuid';
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

const shape = /^[\w.:-]{1,36}$/;

/** True for a text that may be the id of an owner. */
export function isOwnerId(text: string): boolean {
  return shape.test(text);
}

const namespace = '0b9c2d54-8f0e-5a37-9d4e-6a1f7c3e2b90';

/** The owner of an issuer's tenant: of the primary issuer by its id as it is, of others by a UUIDv5 (RFC 9562 §5.5). */
export function ownerIdOf(issuer: string, tenant: string, primary: boolean): string {
  return primary && isOwnerId(tenant) ? tenant : v5(JSON.stringify([issuer, tenant]), namespace);
}
