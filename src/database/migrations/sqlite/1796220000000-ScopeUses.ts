import { MigrationInterface, QueryRunner } from 'typeorm';

export class ScopeUses1796220000000 implements MigrationInterface {
  name = 'ScopeUses1796220000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "key_scope_uses" ("key_id" varchar(36) NOT NULL, "scope" varchar(200) NOT NULL, "first_used_at" bigint NOT NULL, "last_used_at" bigint NOT NULL, CONSTRAINT "pk_key_scope_uses" PRIMARY KEY ("key_id", "scope"))`,
    );
    await queryRunner.query(`CREATE INDEX "ix_key_scope_uses_last" ON "key_scope_uses" ("last_used_at")`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "key_scope_uses"`);
  }
}
