import { MigrationInterface, QueryRunner } from 'typeorm';

export class ServiceKeys1795248641364 implements MigrationInterface {
  name = 'ServiceKeys1795248641364';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "key_usage_counts" ("key_id" varchar(36) NOT NULL, "hour" integer NOT NULL, "outcome" varchar(24) NOT NULL, "count" integer NOT NULL, PRIMARY KEY ("key_id", "hour", "outcome"))`,
    );
    await queryRunner.query(`DROP INDEX "uq_api_keys_hash"`);
    await queryRunner.query(`DROP INDEX "uq_api_keys_active_personal"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_owner"`);
    await queryRunner.query(
      `CREATE TABLE "temporary_api_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "kind" varchar(16) NOT NULL, "owner_id" varchar(36) NOT NULL, "user_id" varchar(36), "name" varchar(100) NOT NULL, "environment" varchar(8) NOT NULL, "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "role" varchar(16), "scopes" text, "enabled" boolean NOT NULL DEFAULT (1), "expires_at" bigint, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL, "rate_limit" text, "allowed_ips" text, "metadata" text, "replaces_id" varchar(36), "replaced_by_id" varchar(36), "revoke_reason" varchar(200), "expiry_noted_at" bigint, "last_used_ip" varchar(45), "last_used_user_agent" varchar(255))`,
    );
    await queryRunner.query(
      `INSERT INTO "temporary_api_keys"("id", "kind", "owner_id", "user_id", "name", "environment", "key_hash", "key_prefix", "role", "scopes", "enabled", "expires_at", "revoked_at", "last_used_at", "created_at") SELECT "id", "kind", "owner_id", "user_id", "name", "environment", "key_hash", "key_prefix", "role", "scopes", "enabled", "expires_at", "revoked_at", "last_used_at", "created_at" FROM "api_keys"`,
    );
    await queryRunner.query(`DROP TABLE "api_keys"`);
    await queryRunner.query(`ALTER TABLE "temporary_api_keys" RENAME TO "api_keys"`);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_api_keys_hash" ON "api_keys" ("key_hash") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_api_keys_active_personal" ON "api_keys" ("user_id") WHERE "kind" = 'personal' AND "revoked_at" IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_owner" ON "api_keys" ("owner_id", "id") `);
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_expiry" ON "api_keys" ("expires_at") WHERE "expires_at" IS NOT NULL AND "expiry_noted_at" IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_prefix" ON "api_keys" ("key_prefix") `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_api_keys_prefix"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_expiry"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_owner"`);
    await queryRunner.query(`DROP INDEX "uq_api_keys_active_personal"`);
    await queryRunner.query(`DROP INDEX "uq_api_keys_hash"`);
    await queryRunner.query(`ALTER TABLE "api_keys" RENAME TO "temporary_api_keys"`);
    await queryRunner.query(
      `CREATE TABLE "api_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "kind" varchar(16) NOT NULL, "owner_id" varchar(36) NOT NULL, "user_id" varchar(36), "name" varchar(100) NOT NULL, "environment" varchar(8) NOT NULL, "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "role" varchar(16), "scopes" text, "enabled" boolean NOT NULL DEFAULT (1), "expires_at" bigint, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO "api_keys"("id", "kind", "owner_id", "user_id", "name", "environment", "key_hash", "key_prefix", "role", "scopes", "enabled", "expires_at", "revoked_at", "last_used_at", "created_at") SELECT "id", "kind", "owner_id", "user_id", "name", "environment", "key_hash", "key_prefix", "role", "scopes", "enabled", "expires_at", "revoked_at", "last_used_at", "created_at" FROM "temporary_api_keys"`,
    );
    await queryRunner.query(`DROP TABLE "temporary_api_keys"`);
    await queryRunner.query(`CREATE INDEX "ix_api_keys_owner" ON "api_keys" ("owner_id", "id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_api_keys_active_personal" ON "api_keys" ("user_id") WHERE "kind" = 'personal' AND "revoked_at" IS NULL`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_api_keys_hash" ON "api_keys" ("key_hash") `);
    await queryRunner.query(`DROP TABLE "key_usage_counts"`);
  }
}
