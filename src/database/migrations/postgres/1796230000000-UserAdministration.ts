import { MigrationInterface, QueryRunner } from 'typeorm';

/** As in the conditions of `UsersService`. */
const email = `(lower("email") COLLATE "C")`;
const statuses = {
  active: '"disabled_at" IS NULL',
  disabled: '"disabled_at" IS NOT NULL AND "erased_at" IS NULL',
  erased: '"erased_at" IS NOT NULL',
};

export class UserAdministration1796230000000 implements MigrationInterface {
  name = 'UserAdministration1796230000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" ADD "erased_at" bigint`);
    await queryRunner.query(`CREATE INDEX "ix_users_created" ON "users" ("created_at", "id")`);
    await queryRunner.query(`CREATE INDEX "ix_users_email" ON "users" (${email}, "id")`);
    for (const [status, condition] of Object.entries(statuses)) {
      await queryRunner.query(
        `CREATE INDEX "ix_users_${status}_created" ON "users" ("created_at", "id") WHERE ${condition}`,
      );
      await queryRunner.query(
        `CREATE INDEX "ix_users_${status}_email" ON "users" (${email}, "id") WHERE ${condition}`,
      );
    }
    await queryRunner.query(
      `CREATE INDEX "ix_tool_keys_issuer_user" ON "tool_keys" ("issuer_user_id", "id") WHERE "issuer_user_id" IS NOT NULL AND "parent_id" IS NULL AND "ended_at" IS NULL`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_tool_keys_issuer_user"`);
    for (const status of Object.keys(statuses)) {
      await queryRunner.query(`DROP INDEX "ix_users_${status}_email"`);
      await queryRunner.query(`DROP INDEX "ix_users_${status}_created"`);
    }
    await queryRunner.query(`DROP INDEX "ix_users_email"`);
    await queryRunner.query(`DROP INDEX "ix_users_created"`);
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "erased_at"`);
  }
}
