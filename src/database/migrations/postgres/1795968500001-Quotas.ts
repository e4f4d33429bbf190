import { MigrationInterface, QueryRunner } from 'typeorm';

export class Quotas1795968500001 implements MigrationInterface {
  name = 'Quotas1795968500001';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_unrevoked" ON "api_keys" ("owner_id") WHERE "revoked_at" IS NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_active" ON "tool_keys" ("owner_id", "ends_at") WHERE "ended_at" IS NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_active"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_unrevoked"`);
  }
}
