import { MigrationInterface, QueryRunner } from 'typeorm';

export class Initial1795245672052 implements MigrationInterface {
  name = 'Initial1795245672052';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "audit_events" ("id" character varying(36) NOT NULL, "time" bigint NOT NULL, "type" character varying(16) NOT NULL, "subject_type" character varying(16) NOT NULL, "subject_id" character varying(36) NOT NULL, "owner_id" character varying(36) NOT NULL, "user_id" character varying(36), "actor_type" character varying(16) NOT NULL, "actor_chain" text NOT NULL, "ip" character varying(45), "user_agent" character varying(255), "request_id" character varying(64), "details" text, CONSTRAINT "pk_audit_events" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_audit_events_user" ON "audit_events"  ("user_id", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_audit_events_owner" ON "audit_events"  ("owner_id", "id") `);
    await queryRunner.query(
      `CREATE INDEX "ix_audit_events_subject" ON "audit_events"  ("subject_id", "id") `,
    );
    await queryRunner.query(
      `CREATE TABLE "owners" ("id" character varying(36) NOT NULL, "name" character varying(320) NOT NULL, "disabled_at" bigint, "created_at" bigint NOT NULL, CONSTRAINT "pk_owners" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(
      `CREATE TABLE "users" ("id" character varying(36) NOT NULL, "owner_id" character varying(36) NOT NULL, "issuer" character varying(2048) NOT NULL, "subject" character varying(255) NOT NULL, "email" character varying(320), "disabled_at" bigint, "created_at" bigint NOT NULL, CONSTRAINT "pk_users" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_users_owner" ON "users"  ("owner_id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_users_issuer_subject" ON "users"  ("issuer", "subject") `,
    );
    await queryRunner.query(
      `CREATE TABLE "api_keys" ("id" character varying(36) NOT NULL, "kind" character varying(16) NOT NULL, "owner_id" character varying(36) NOT NULL, "user_id" character varying(36), "name" character varying(100) NOT NULL, "environment" character varying(8) NOT NULL, "key_hash" character varying(64) NOT NULL, "key_prefix" character varying(64) NOT NULL, "role" character varying(16), "scopes" text, "enabled" boolean NOT NULL DEFAULT true, "expires_at" bigint, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL, CONSTRAINT "pk_api_keys" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_api_keys_owner" ON "api_keys"  ("owner_id", "id") `);
    await queryRunner.query(
      `CREATE UNIQUE INDEX "uq_api_keys_active_personal" ON "api_keys"  ("user_id") WHERE "kind" = 'personal' AND "revoked_at" IS NULL`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_api_keys_hash" ON "api_keys"  ("key_hash") `);
    await queryRunner.query(
      `CREATE TABLE "tool_keys" ("id" character varying(36) NOT NULL, "owner_id" character varying(36) NOT NULL, "task_id" character varying(200) NOT NULL, "issuer_user_id" character varying(36), "issuer_key_id" character varying(36), "key_hash" character varying(64) NOT NULL, "key_prefix" character varying(64) NOT NULL, "environment" character varying(8), "scopes" text NOT NULL, "actor_chain" text NOT NULL, "expires_at" bigint NOT NULL, "revoked_at" bigint, "last_used_at" bigint, "created_at" bigint NOT NULL, CONSTRAINT "pk_tool_keys" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_issuer_key" ON "tool_keys"  ("issuer_key_id") `);
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_owner_task" ON "tool_keys"  ("owner_id", "task_id") `,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_tool_keys_hash" ON "tool_keys"  ("key_hash") `);
    await queryRunner.query(
      `ALTER TABLE "users" ADD CONSTRAINT "fk_users_owner" FOREIGN KEY ("owner_id") REFERENCES "owners"("id") ON DELETE NO ACTION ON UPDATE NO ACTION`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" DROP CONSTRAINT "fk_users_owner"`);
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
