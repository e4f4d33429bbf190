import { MigrationInterface, QueryRunner } from 'typeorm';

/** As on the other tables that authentication depends on (see `ChangeFeed1795278000616`). */
const triggers = [
  ['updated', 'UPDATE', 'ROW'],
  ['deleted', 'DELETE', 'ROW'],
  ['added', 'INSERT', 'STATEMENT'],
  ['emptied', 'TRUNCATE', 'STATEMENT'],
] as const;

export class SignOuts1795991000000 implements MigrationInterface {
  name = 'SignOuts1795991000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" ADD "tokens_valid_from" bigint`);
    await queryRunner.query(
      `CREATE TABLE "issuers" ("id" character varying(36) NOT NULL, "issuer" character varying(1000) NOT NULL, "tokens_valid_from" bigint NOT NULL, CONSTRAINT "pk_issuers" PRIMARY KEY ("id"))`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX "uq_issuers_issuer" ON "issuers" ("issuer")`);
    for (const [name, event, how] of triggers)
      await queryRunner.query(
        `CREATE TRIGGER "gatehouse_${name}" AFTER ${event} ON "issuers" FOR EACH ${how} EXECUTE FUNCTION "gatehouse_tell_${how === 'ROW' ? 'change' : 'all'}"()`,
      );
    for (const [name] of triggers)
      await queryRunner.query(`ALTER TABLE "issuers" ENABLE ALWAYS TRIGGER "gatehouse_${name}"`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "issuers"`);
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "tokens_valid_from"`);
  }
}
