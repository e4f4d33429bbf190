import { MigrationInterface, QueryRunner } from 'typeorm';

/** As in the conditions of `UsersService`. */
const status = `(CASE WHEN "erased_at" IS NOT NULL THEN 2 WHEN "disabled_at" IS NOT NULL THEN 1 ELSE 0 END)`;
const email = `lower("email")`;

export class UserAdministration1796230000000 implements MigrationInterface {
  name = 'UserAdministration1796230000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" ADD "erased_at" bigint`);
    await queryRunner.query(`CREATE INDEX "ix_users_created" ON "users" ("created_at", "id")`);
    await queryRunner.query(`CREATE INDEX "ix_users_email" ON "users" (${email}, "id")`);
    await queryRunner.query(
      `CREATE INDEX "ix_users_status_created" ON "users" (${status}, "created_at", "id")`,
    );
    await queryRunner.query(`CREATE INDEX "ix_users_status_email" ON "users" (${status}, ${email}, "id")`);
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_issuer_user" ON "tool_keys" ("issuer_user_id", "id") WHERE "issuer_user_id" IS NOT NULL AND "parent_id" IS NULL AND "ended_at" IS NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_issuer_user"`);
    await queryRunner.query(`DROP INDEX "ix_users_status_email"`);
    await queryRunner.query(`DROP INDEX "ix_users_status_created"`);
    await queryRunner.query(`DROP INDEX "ix_users_email"`);
    await queryRunner.query(`DROP INDEX "ix_users_created"`);
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "erased_at"`);
  }
}
