import { MigrationInterface, QueryRunner } from 'typeorm';

export class AgentNames1796240000000 implements MigrationInterface {
  name = 'AgentNames1796240000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "name" varchar(100)`);
    await queryRunner.query(
      `CREATE INDEX "ix_audit_events_request" ON "audit_events" ("request_id", "id") WHERE "request_id" IS NOT NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_audit_events_request"`);
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "name"`);
  }
}
