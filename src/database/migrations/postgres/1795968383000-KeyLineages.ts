import { MigrationInterface, QueryRunner } from 'typeorm';

export class KeyLineages1795968383000 implements MigrationInterface {
  name = 'KeyLineages1795968383000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "api_keys" ADD "lineage_id" character varying(36)`);
    await queryRunner.query(
      `CREATE INDEX "ix_api_keys_user" ON "api_keys" ("user_id", "id") WHERE "user_id" IS NOT NULL`,
    );
    // From each first key on, along the keys that replaced it.
    await queryRunner.query(`
      WITH RECURSIVE lineage(id, root) AS (
        SELECT "replaced_by_id", "id" FROM "api_keys" WHERE "replaces_id" IS NULL AND "replaced_by_id" IS NOT NULL
        UNION
        SELECT next."replaced_by_id", lineage.root FROM "api_keys" AS next, lineage
          WHERE next."id" = lineage.id AND next."replaced_by_id" IS NOT NULL
      )
      UPDATE "api_keys" AS kept SET "lineage_id" = lineage.root FROM lineage WHERE kept."id" = lineage.id`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_api_keys_user"`);
    await queryRunner.query(`ALTER TABLE "api_keys" DROP COLUMN "lineage_id"`);
  }
}
