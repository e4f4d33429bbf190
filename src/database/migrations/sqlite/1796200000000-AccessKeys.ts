import { MigrationInterface, QueryRunner } from 'typeorm';

export class AccessKeys1796200000000 implements MigrationInterface {
  name = 'AccessKeys1796200000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "imposed" text`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    // An older version would take them for service keys.
    await queryRunner.query(
      `UPDATE "api_keys" SET "revoked_at" = "created_at" WHERE "kind" = 'access' AND "revoked_at" IS NULL`,
    );
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "imposed"`);
  }
}
