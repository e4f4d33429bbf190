import { MigrationInterface, QueryRunner } from 'typeorm';

export class Leases1795272133156 implements MigrationInterface {
  name = 'Leases1795272133156';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_owner_task"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_issuer_key"`);
    await queryRunner.query(
      `CREATE TABLE "tasks" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "attempt" integer NOT NULL, "generation" integer NOT NULL, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(`DROP INDEX "uq_tool_keys_hash"`);
    await queryRunner.query(
      `CREATE TABLE "temporary_tool_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "issuer_user_id" varchar(36), "issuer_key_id" varchar(36), "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "environment" varchar(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO "temporary_tool_keys"("id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at") SELECT "id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at" FROM "tool_keys"`,
    );
    await queryRunner.query(`DROP TABLE "tool_keys"`);
    await queryRunner.query(`ALTER TABLE "temporary_tool_keys" RENAME TO "tool_keys"`);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys" ("key_hash") `);
    await queryRunner.query(`DROP INDEX "uq_tool_keys_hash"`);
    await queryRunner.query(
      `CREATE TABLE "temporary_tool_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "issuer_user_id" varchar(36), "issuer_key_id" varchar(36), "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "environment" varchar(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "last_used_at" bigint, "created_at" bigint NOT NULL, "task_ref" varchar(36) NOT NULL DEFAULT (''), "attempt" integer NOT NULL DEFAULT (1), "generation" integer NOT NULL DEFAULT (0), "depth" integer NOT NULL DEFAULT (1), "parent_id" varchar(36), "heartbeat_seconds" integer, "max_calls" integer, "calls_used" integer NOT NULL DEFAULT (0), "calls_given" integer NOT NULL DEFAULT (0), "budget_id" varchar(36), "settled_at" bigint, "ends_at" bigint NOT NULL DEFAULT (0), "ended_at" bigint, "end_reason" varchar(16))`,
    );
    await queryRunner.query(
      `INSERT INTO "temporary_tool_keys"("id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at") SELECT "id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at" FROM "tool_keys"`,
    );
    await queryRunner.query(`DROP TABLE "tool_keys"`);
    await queryRunner.query(`ALTER TABLE "temporary_tool_keys" RENAME TO "tool_keys"`);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys" ("key_hash") `);
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_ends" ON "tool_keys" ("ends_at") WHERE "ended_at" IS NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_budget" ON "tool_keys" ("budget_id") WHERE "budget_id" IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_parent" ON "tool_keys" ("parent_id") WHERE "parent_id" IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_task" ON "tool_keys" ("task_ref", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_owner" ON "tool_keys" ("owner_id", "id") `);
    // Keys from before live a day at most and have no task to end with: they end here, and are issued anew.
    await queryRunner.query(
      `UPDATE "tool_keys" SET "ends_at" = "expires_at", "ended_at" = ${Date.now()}, "end_reason" = 'revoked'`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_owner"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_task"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_parent"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_budget"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_ends"`);
    await queryRunner.query(`DROP INDEX "uq_tool_keys_hash"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" RENAME TO "temporary_tool_keys"`);
    await queryRunner.query(
      `CREATE TABLE "tool_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "issuer_user_id" varchar(36), "issuer_key_id" varchar(36), "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "environment" varchar(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO "tool_keys"("id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at") SELECT "id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at" FROM "temporary_tool_keys"`,
    );
    await queryRunner.query(`DROP TABLE "temporary_tool_keys"`);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys" ("key_hash") `);
    await queryRunner.query(`DROP INDEX "uq_tool_keys_hash"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" RENAME TO "temporary_tool_keys"`);
    await queryRunner.query(
      `CREATE TABLE "tool_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "issuer_user_id" varchar(36), "issuer_key_id" varchar(36), "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "environment" varchar(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO "tool_keys"("id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at") SELECT "id", "owner_id", "task_id", "issuer_user_id", "issuer_key_id", "key_hash", "key_prefix", "environment", "scopes", "actor_chain", "expires_at", "last_used_at", "created_at" FROM "temporary_tool_keys"`,
    );
    await queryRunner.query(`DROP TABLE "temporary_tool_keys"`);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys" ("key_hash") `);
    await queryRunner.query(`DROP TABLE "tasks"`);
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_issuer_key" ON "tool_keys" ("issuer_key_id") `);
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_owner_task" ON "tool_keys" ("owner_id", "task_id") `);
  }
}
