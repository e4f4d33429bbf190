import { MigrationInterface, QueryRunner } from 'typeorm';

export class IdempotentRequests1796130000000 implements MigrationInterface {
  name = 'IdempotentRequests1796130000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "idempotent_requests" ("id" varchar(64) PRIMARY KEY NOT NULL, "owner_id" varchar(36) NOT NULL, "request" varchar(64) NOT NULL, "key_id" varchar(36) NOT NULL, "replaced_id" varchar(36), "created_at" bigint NOT NULL)`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_idempotent_requests_owner" ON "idempotent_requests" ("owner_id", "created_at")`,
    );
    await queryRunner.query(
      `CREATE INDEX "ix_idempotent_requests_created" ON "idempotent_requests" ("created_at")`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE "idempotent_requests"`);
  }
}
