import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Whose it is stands in every row, and in the condition of every query. */
@Entity('notes')
@Index('ix_notes_owner', ['ownerId', 'id'])
export class Note {
  /** UUIDv7: in the order in which notes were written. */
  @PrimaryColumn({ type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  @Column({ type: 'varchar', length: 2000 })
  text!: string;

  @Column({ name: 'written_by', type: 'varchar', length: 300 })
  writtenBy!: string;
}
