import { MigrationInterface, QueryRunner } from 'typeorm';

export class Leases1795272134616 implements MigrationInterface {
  name = 'Leases1795272134616';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_issuer_key"`);
    await queryRunner.query(`DROP INDEX "ix_tool_keys_owner_task"`);
    await queryRunner.query(
      `CREATE TABLE "tasks" ("id" character varying(36) NOT NULL, "owner_id" character varying(36) NOT NULL, "task_id" character varying(200) NOT NULL, "attempt" integer NOT NULL, "generation" integer NOT NULL, "created_at" bigint NOT NULL, CONSTRAINT "pk_tasks" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "revoked_at"`);
    await queryRunner.query(
      `ALTER TABLE "tool_keys" ADD "task_ref" character varying(36) NOT NULL DEFAULT ''`,
    );
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "attempt" integer NOT NULL DEFAULT '1'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "generation" integer NOT NULL DEFAULT '0'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "depth" integer NOT NULL DEFAULT '1'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "parent_id" character varying(36)`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "heartbeat_seconds" integer`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "max_calls" integer`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "calls_used" integer NOT NULL DEFAULT '0'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "calls_given" integer NOT NULL DEFAULT '0'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "budget_id" character varying(36)`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "settled_at" bigint`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "ends_at" bigint NOT NULL DEFAULT '0'`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "ended_at" bigint`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "end_reason" character varying(16)`);
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_ends" ON "tool_keys"  ("ends_at") WHERE "ended_at" IS NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_budget" ON "tool_keys"  ("budget_id") WHERE "budget_id" IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_parent" ON "tool_keys"  ("parent_id") WHERE "parent_id" IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_task" ON "tool_keys"  ("task_ref", "id") `);
    await queryRunner.query(`CREATE INDEX "ix_tool_keys_owner" ON "tool_keys"  ("owner_id", "id") `);
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
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "end_reason"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "ended_at"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "ends_at"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "settled_at"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "budget_id"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "calls_given"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "calls_used"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "max_calls"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "heartbeat_seconds"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "parent_id"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "depth"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "generation"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "attempt"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "task_ref"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "revoked_at" bigint`);
    await queryRunner.query(`DROP TABLE "tasks"`);
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_owner_task" ON "tool_keys" USING btree ("owner_id", "task_id") `,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_issuer_key" ON "tool_keys" USING btree ("issuer_key_id") `,
    );
  }
}
