import { MigrationInterface, QueryRunner } from 'typeorm';

/** Fourteen days before the expiry, in milliseconds: the first of the events. */
const firstBefore = 1_209_600_000;

export class KeyNotices1796210000000 implements MigrationInterface {
  name = 'KeyNotices1796210000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "expiring_at" bigint`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "idle_since" bigint NOT NULL DEFAULT (0)`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "unused_noted_at" bigint`);
    await queryRunner.query(
      `UPDATE "api_keys" SET "idle_since" = COALESCE("last_used_at", "created_at"), "expiring_at" = CASE WHEN "revoked_at" IS NULL AND "expiry_noted_at" IS NULL THEN "expires_at" - ${firstBefore} END`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_expires" ON "api_keys" ("expires_at")`);
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_expiring" ON "api_keys" ("expiring_at") WHERE "expiring_at" IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_idle" ON "api_keys" ("idle_since")`);
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_unused" ON "api_keys" ("idle_since") WHERE "unused_noted_at" IS NULL AND "revoked_at" IS NULL AND "enabled"`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    for (const index of ['unused', 'idle', 'expiring', 'expires'])
      await queryRunner.query(`DROP INDEX "ix_api_keys_${index}"`);
    for (const column of ['unused_noted_at', 'idle_since', 'expiring_at'])
      await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "${column}"`);
  }
}
