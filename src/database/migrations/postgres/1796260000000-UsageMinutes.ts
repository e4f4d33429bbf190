import { MigrationInterface, QueryRunner } from 'typeorm';

export class UsageMinutes1796260000000 implements MigrationInterface {
  name = 'UsageMinutes1796260000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "usage_minutes" ("owner_id" character varying(36) NOT NULL, "minute" integer NOT NULL, "outcome" character varying(24) NOT NULL, "count" integer NOT NULL, CONSTRAINT "pk_usage_minutes" PRIMARY KEY ("owner_id", "minute", "outcome"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_usage_minutes_minute" ON "usage_minutes" ("minute")`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_usage_minutes_minute"`);
    await queryRunner.query(`DROP TABLE "usage_minutes"`);
  }
}
