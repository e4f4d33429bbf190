import { MigrationInterface, QueryRunner } from 'typeorm';

export class Initial1795245671053 implements MigrationInterface {
  name = 'Initial1795245671053';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "audit_events" ("id" varchar(36) PRIMARY KEY NOT NULL, "time" bigint NOT NULL, "type" varchar(16) NOT NULL, "subject_type" varchar(16) NOT NULL, "subject_id" varchar(36) NOT NULL, "owner_id" varchar(36) NOT NULL, "user_id" varchar(36), "actor_type" varchar(16) NOT NULL, "actor_chain" text NOT NULL, "ip" varchar(45), "user_agent" varchar(255), "request_id" varchar(64), "details" text)`,
    );
    await queryRunner.query(`CREATE INDEX "ix_audit_events_user" ON "audit_events" ("user_id", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_audit_events_owner" ON "audit_events" ("owner_id", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_audit_events_subject" ON "audit_events" ("subject_id", "id") `);
    await queryRunner.query(
      `CREATE TABLE "owners" ("id" varchar(36) PRIMARY KEY NOT NULL, "name" varchar(320) NOT NULL, "disabled_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `CREATE TABLE "users" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "issuer" varchar(2048) NOT NULL, "subject" varchar(255) NOT NULL, "email" varchar(320), "disabled_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(`CREATE INDEX "ix_users_owner" ON "users" ("owner_id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_users_issuer_subject" ON "users" ("issuer", "subject") `,
    );
    await queryRunner.query(
      `CREATE TABLE "api_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "kind" varchar(16) NOT NULL, "owner_id" varchar(36) NOT NULL, "user_id" varchar(36), "name" varchar(100) NOT NULL, "environment" varchar(8) NOT NULL, "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "role" varchar(16), "scopes" text, "enabled" boolean NOT NULL DEFAULT (1), "expires_at" bigint, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_owner" ON "api_keys" ("owner_id", "id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_api_keys_active_personal" ON "api_keys" ("user_id") WHERE "kind" = 'personal' AND "revoked_at" IS NULL`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_api_keys_hash" ON "api_keys" ("key_hash") `);
    await queryRunner.query(
      `CREATE TABLE "tool_keys" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "task_id" varchar(200) NOT NULL, "issuer_user_id" varchar(36), "issuer_key_id" varchar(36), "key_hash" varchar(64) NOT NULL, "key_prefix" varchar(64) NOT NULL, "environment" varchar(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_issuer_key" ON "tool_keys" ("issuer_key_id") `);
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_owner_task" ON "tool_keys" ("owner_id", "task_id") `);
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys" ("key_hash") `);
    await queryRunner.query(`DROP INDEX "ix_users_owner"`);
    await queryRunner.query(`DROP INDEX "uq_users_issuer_subject"`);
    await queryRunner.query(
      `CREATE TABLE "temporary_users" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "issuer" varchar(2048) NOT NULL, "subject" varchar(255) NOT NULL, "email" varchar(320), "disabled_at" bigint, "created_at" bigint NOT NULL, CONSTRAINT "fk_users_owner" FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION)`,
    );
    await queryRunner.query(
      `INSERT INTO "temporary_users"("id", "owner_id", "issuer", "subject", "email", "disabled_at", "created_at") SELECT "id", "owner_id", "issuer", "subject", "email", "disabled_at", "created_at" FROM "users"`,
    );
    await queryRunner.query(`DROP TABLE "users"`);
    await queryRunner.query(`ALTER TABLE "temporary_users" RENAME TO "users"`);
    await queryRunner.query(`CREATE INDEX "ix_users_owner" ON "users" ("owner_id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_users_issuer_subject" ON "users" ("issuer", "subject") `,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "uq_users_issuer_subject"`);
    await queryRunner.query(`DROP INDEX "ix_users_owner"`);
    await queryRunner.query(`ALTER TABLE "users" RENAME TO "temporary_users"`);
    await queryRunner.query(
      `CREATE TABLE "users" ("id" varchar(36) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "issuer" varchar(2048) NOT NULL, "subject" varchar(255) NOT NULL, "email" varchar(320), "disabled_at" bigint, "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `INSERT INTO "users"("id", "owner_id", "issuer", "subject", "email", "disabled_at", "created_at") SELECT "id", "owner_id", "issuer", "subject", "email", "disabled_at", "created_at" FROM "temporary_users"`,
    );
    await queryRunner.query(`DROP TABLE "temporary_users"`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_users_issuer_subject" ON "users" ("issuer", "subject") `,
    );
    await queryRunner.query(`CREATE INDEX "ix_users_owner" ON "users" ("owner_id") `);
    await queryRunner.query(`DROP INDEX "uq_tool_keys_hash"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_owner_task"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_issuer_key"`);
    await queryRunner.query(`DROP TABLE "tool_keys"`);
    await queryRunner.query(`DROP INDEX "uq_api_keys_hash"`);
    await queryRunner.query(`DROP INDEX "uq_api_keys_active_personal"`);
    await queryRunner.query(`DROP INDEX "ix_api_keys_owner"`);
    await queryRunner.query(`DROP TABLE "api_keys"`);
    await queryRunner.query(`DROP INDEX "uq_users_issuer_subject"`);
    await queryRunner.query(`DROP INDEX "ix_users_owner"`);
    await queryRunner.query(`DROP TABLE "users"`);
    await queryRunner.query(`DROP TABLE "owners"`);
    await queryRunner.query(`DROP INDEX "ix_audit_events_subject"`);
    await queryRunner.query(`DROP INDEX "ix_audit_events_owner"`);
    await queryRunner.query(`DROP INDEX "ix_audit_events_user"`);
    await queryRunner.query(`DROP TABLE "audit_events"`);
  }
}
