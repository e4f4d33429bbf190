import { MigrationInterface, QueryRunner } from 'typeorm';

/** The beginning of an id of that time. */
const idAt = (difference: string) => {
  const time = `greatest("time" ${difference}, 0)`;
  return `lpad(to_hex(${time} >> 16), 8, '0') || '-' || lpad(to_hex(${time} & 65535), 4, '0')`;
};

/** Blocks writes of events for about 3 s per million of them, unless the indexes were made before. */
export class AuditSearch1796250000000 implements MigrationInterface {
  name = 'AuditSearch1796250000000';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE INDEX IF NOT EXISTS "ix_audit_events_type" ON "audit_events" ("type", "id")`,
    );
    await queryRunner.query(
      `CREATE INDEX IF NOT EXISTS "ix_audit_events_displaced" ON "audit_events" ("time", "id")
        WHERE "id" < ${idAt('- 120000')} OR "id" >= ${idAt('+ 120000')}`,
    );
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX "ix_audit_events_displaced"`);
    await queryRunner.query(`DROP INDEX "ix_audit_events_type"`);
  }
}
