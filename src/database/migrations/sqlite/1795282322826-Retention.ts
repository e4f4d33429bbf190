import { MigrationInterface, QueryRunner } from 'typeorm';

export class Retention1795282322826 implements MigrationInterface {
  name = 'Retention1795282322826';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX "ix_key_usage_counts_hour" ON "key_usage_counts" ("hour") `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_key_usage_counts_hour"`);
  }
}
