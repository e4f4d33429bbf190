import { Column, Index, PrimaryColumn } from 'typeorm';
import { OwnTable } from '../database/tables/own-table.js';
import type { Outcome } from '../key-store/outcome.js';

/** How often a key met with an outcome in one hour. */
@OwnTable('key_usage_counts')
@Index('ix_key_usage_counts_hour', ['hour'])
export class KeyUsageCount {
  @PrimaryColumn({
    name: 'key_id',
    type: 'varchar',
    length: 36,
    primaryKeyConstraintName: 'pk_key_usage_counts',
  })
  keyId!: string;

  /** Hours since 1970-01-01 UTC. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'pk_key_usage_counts' })
  hour!: number;

  @PrimaryColumn({ type: 'varchar', length: 24, primaryKeyConstraintName: 'pk_key_usage_counts' })
  outcome!: Outcome;

  @Column({ type: 'integer' })
  count!: number;
}
