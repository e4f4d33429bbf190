import { MigrationInterface, QueryRunner } from 'typeorm';

export class Traces1796120000000 implements MigrationInterface {
  name = 'Traces1796120000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "audit_events" ADD "traceparent" character varying(55)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "audit_events" DROP COLUMN "traceparent"`);
  }
}
