import { MigrationInterface, QueryRunner } from 'typeorm';

export class BoundedKeys1795992000000 implements MigrationInterface {
  name = 'BoundedKeys1795992000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "bounded" boolean NOT NULL DEFAULT (0)`);
    await queryRunner.query(`ALTER TABLE "tool_keys" ADD "bounded" boolean NOT NULL DEFAULT (0)`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "tool_keys" DROP COLUMN "bounded"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "bounded"`);
  }
}
