import { MigrationInterface, QueryRunner } from 'typeorm';

export class LeaseStates1796140000000 implements MigrationInterface {
  name = 'LeaseStates1796140000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "lease_state" ("id" varchar(36) PRIMARY KEY NOT NULL, "stored_at" bigint NOT NULL, "resumed_at" bigint, "extended_to" varchar(36) NOT NULL DEFAULT (''))`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_leases" ON "tool_keys" ("id") WHERE "ended_at" IS NULL AND "heartbeat_seconds" IS NOT NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_leases"`);
    await queryRunner.query(`DROP TABLE "lease_state"`);
  }
}
