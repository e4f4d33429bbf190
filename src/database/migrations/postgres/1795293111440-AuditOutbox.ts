import { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditOutbox1795293111440 implements MigrationInterface {
  name = 'AuditOutbox1795293111440';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "audit_outbox" ("event_id" character varying(36) NOT NULL, "attempts" integer NOT NULL DEFAULT '0', "claimed_until" bigint, "held_until" bigint, CONSTRAINT "pk_audit_outbox" PRIMARY KEY ("event_id"))`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_audit_outbox_claims" ON "audit_outbox"  ("claimed_until") WHERE "claimed_until" IS NOT NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_audit_outbox_claims"`);
    await queryRunner.query(`DROP TABLE "audit_outbox"`);
  }
}
