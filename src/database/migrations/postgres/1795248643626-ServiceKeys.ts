import { MigrationInterface, QueryRunner } from 'typeorm';

export class ServiceKeys1795248643626 implements MigrationInterface {
  name = 'ServiceKeys1795248643626';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "key_usage_counts" ("key_id" character varying(36) NOT NULL, "hour" integer NOT NULL, "outcome" character varying(24) NOT NULL, "count" integer NOT NULL, CONSTRAINT "pk_key_usage_counts" PRIMARY KEY ("key_id", "hour", "outcome"))`,
    );
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "rate_limit" text`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "allowed_ips" text`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "metadata" text`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "replaces_id" character varying(36)`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "replaced_by_id" character varying(36)`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "revoke_reason" character varying(200)`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "expiry_noted_at" bigint`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "last_used_ip" character varying(45)`);
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "last_used_user_agent" character varying(255)`);
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_expiry" ON "api_keys"  ("expires_at") WHERE "expires_at" IS NOT NULL AND "expiry_noted_at" IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_prefix" ON "api_keys"  ("key_prefix") `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_api_keys_prefix"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_expiry"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "last_used_user_agent"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "last_used_ip"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "expiry_noted_at"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "revoke_reason"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "replaced_by_id"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "replaces_id"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "metadata"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "allowed_ips"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "rate_limit"`);
    await queryRunner.query(`DROP TABLE "key_usage_counts"`);
  }
}
