import { MigrationInterface, QueryRunner } from 'typeorm';

export class SignOuts1795991000000 implements MigrationInterface {
  name = 'SignOuts1795991000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" ADD "tokens_valid_from" bigint`);
    await queryRunner.query(
      `CREATE TABLE "issuers" ("id" varchar(36) PRIMARY KEY NOT NULL, "issuer" varchar(1000) NOT NULL, "tokens_valid_from" bigint NOT NULL)`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_issuers_issuer" ON "issuers" ("issuer")`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "issuers"`);
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "tokens_valid_from"`);
  }
}
