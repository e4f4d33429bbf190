import { Column, Index, PrimaryColumn } from 'typeorm';
import { v5 } from 'uuid';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';

/** An issuer of tokens whose users were all signed out. Others have no row. */
@GatehouseEntity('issuers')
@Index('uq_issuers_issuer', ['issuer'], { unique: true })
export class Issuer {
  /** Derived from the issuer: it fits where a URL would be too long. */
  @PrimaryColumn({ type: 'varchar', length: 36, primaryKeyConstraintName: 'pk_issuers' })
  id!: string;

  /** The `iss` of its tokens. */
  @Column({ type: 'varchar', length: 1000 })
  issuer!: string;

  /** Tokens that were issued before are rejected. It only moves forward. */
  @InstantColumn({ name: 'tokens_valid_from' })
  tokensValidFrom!: Date;
}

const namespace = '6f0a4c1e-6b52-5d7c-8a0b-9d2f6c1e3b57';

/** The id of an issuer's row (UUIDv5, RFC 9562 §5.5). */
export function idOfIssuer(issuer: string): string {
  return v5(issuer, namespace);
}
