import { MigrationInterface, QueryRunner } from 'typeorm';

export class IdempotentRequests1796130000000 implements MigrationInterface {
  name = 'IdempotentRequests1796130000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "idempotent_requests" ("id" character varying(64) NOT NULL, "owner_id" character varying(36) NOT NULL, "request" character varying(64) NOT NULL, "key_id" character varying(36) NOT NULL, "replaced_id" character varying(36), "created_at" bigint NOT NULL, CONSTRAINT "pk_idempotent_requests" PRIMARY KEY ("id"))`,
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
