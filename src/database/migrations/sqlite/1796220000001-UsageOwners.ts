import { MigrationInterface, QueryRunner } from 'typeorm';

export class UsageOwners1796220000001 implements MigrationInterface {
  name = 'UsageOwners1796220000001';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_key_usage_counts_hour"`);
    await queryRunner.query(
      `ALTER TABLE "key_usage_counts" ADD "owner_id" varchar(36) NOT NULL DEFAULT ('')`,
    );
    await queryRunner.query(
      `ALTER TABLE "key_usage_counts" ADD "key_type" varchar(16) NOT NULL DEFAULT ('api_key')`,
    );
    await queryRunner.query(
      `UPDATE "key_usage_counts" SET "owner_id" = known."owner_id" FROM "api_keys" known WHERE known."id" = "key_id"`,
    );
    await queryRunner.query(
      `UPDATE "key_usage_counts" SET "owner_id" = known."owner_id", "key_type" = 'tool_key' FROM "tool_keys" known WHERE known."id" = "key_id"`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_key_usage_counts_hour" ON "key_usage_counts" ("hour", "key_id", "outcome")`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_key_usage_counts_owner" ON "key_usage_counts" ("owner_id", "hour", "key_id", "outcome")`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_key_usage_counts_owner"`);
    await queryRunner.query(`DROP INDEX "ix_key_usage_counts_hour"`);
    await queryRunner.query(`CREATE INDEX "ix_key_usage_counts_hour" ON "key_usage_counts" ("hour")`);
    await queryRunner.query(`ALTER TABLE "key_usage_counts" DROP COLUMN "key_type"`);
    await queryRunner.query(`ALTER TABLE "key_usage_counts" DROP COLUMN "owner_id"`);
  }
}
