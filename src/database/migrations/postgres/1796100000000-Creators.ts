import { MigrationInterface, QueryRunner } from 'typeorm';

/** As in the conditions of `AuditTrail`: events of earlier versions are found, too. */
const first = `("actor_chain"::json->0->>'id')`;
const last = `("actor_chain"::json->-1->>'id')`;

export class Creators1796100000000 implements MigrationInterface {
  name = 'Creators1796100000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['api_keys', 'tool_keys']) {
      await queryRunner.query(`ALTER TABLE "${table}" ADD "created_by_type" character varying(16)`);
      await queryRunner.query(`ALTER TABLE "${table}" ADD "created_by_id" character varying(255)`);
      await queryRunner.query(
        `CREATE INDEX "ix_${table}_creator" ON "${table}" ("created_by_id", "id") WHERE "created_by_id" IS NOT NULL`,
      );
    }
    await queryRunner.query(`CREATE INDEX "ix_audit_events_origin" ON "audit_events" (${first}, "id")`);
    await queryRunner.query(`CREATE INDEX "ix_audit_events_actor" ON "audit_events" (${last}, "id")`);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_audit_events_actor"`);
    await queryRunner.query(`DROP INDEX "ix_audit_events_origin"`);
    for (const table of ['tool_keys', 'api_keys']) {
      await queryRunner.query(`DROP INDEX "ix_${table}_creator"`);
      await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "created_by_id"`);
      await queryRunner.query(`ALTER TABLE "${table}" DROP COLUMN "created_by_type"`);
    }
  }
}
