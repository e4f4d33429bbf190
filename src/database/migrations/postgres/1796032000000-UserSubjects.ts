import { MigrationInterface, QueryRunner } from 'typeorm';

export class UserSubjects1796032000000 implements MigrationInterface {
  name = 'UserSubjects1796032000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX "ix_users_subject" ON "users" ("subject")`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_users_subject"`);
  }
}
