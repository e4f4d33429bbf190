import { MigrationInterface, QueryRunner } from 'typeorm';

export class AuditOutbox1795293100036 implements MigrationInterface {
  name = 'AuditOutbox1795293100036';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "audit_outbox" ("event_id" varchar(36) PRIMARY KEY NOT NULL, "attempts" integer NOT NULL DEFAULT (0), "claimed_until" bigint, "held_until" bigint)`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_audit_outbox_claims" ON "audit_outbox" ("claimed_until") WHERE "claimed_until" IS NOT NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_audit_outbox_claims"`);
    await queryRunner.query(`DROP TABLE "audit_outbox"`);
  }
}
