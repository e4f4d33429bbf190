import { MigrationInterface, QueryRunner } from 'typeorm';

/** Columns without effect on authentication: a change of these alone is not reported. */
const silent = {
  api_keys: ['name', 'metadata', 'last_used_at', 'last_used_ip', 'last_used_user_agent', 'expiry_noted_at'],
  tool_keys: ['last_used_at', 'calls_used', 'calls_given', 'settled_at', 'ends_at'],
  tasks: ['attempt'],
  owners: ['name'],
  users: [],
} as const;

/** A heartbeat only extends a lease; a process that missed it looks again before it treats the lease as lost. */
const also: Partial<Record<keyof typeof silent, string>> = {
  tool_keys: ' OR NEW."ends_at" < OLD."ends_at"',
};

const events = ['updated', 'deleted', 'added', 'emptied'] as const;
const tables = Object.keys(silent) as (keyof typeof silent)[];

/** Notifies every listening process of the changes that authentication depends on, also of those made by hand in SQL. */
export class ChangeFeed1795278000616 implements MigrationInterface {
  name = 'ChangeFeed1795278000616';

  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `CREATE TABLE "replicas" ("id" character varying(36) NOT NULL, "name" character varying(200) NOT NULL, "seen_at" timestamptz NOT NULL, CONSTRAINT "pk_replicas" PRIMARY KEY ("id"))`,
    );
    // A transaction sends equal notifications once, so an update notifies with the old and with the new state.
    await queryRunner.query(`
      CREATE FUNCTION "gatehouse_tell_change"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('gatehouse_changes', concat_ws(' ', 'changed', TG_TABLE_NAME, OLD.id, to_jsonb(OLD)->>'key_hash'));
        IF TG_OP = 'UPDATE' THEN
          PERFORM pg_notify('gatehouse_changes', concat_ws(' ', 'changed', TG_TABLE_NAME, NEW.id, to_jsonb(NEW)->>'key_hash'));
        END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE FUNCTION "gatehouse_tell_all"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('gatehouse_changes', CASE TG_OP WHEN 'INSERT' THEN 'added' ELSE 'emptied' END || ' ' || TG_TABLE_NAME);
        RETURN NULL;
      END $$`);
    for (const table of tables) {
      const ignored = `'{${silent[table].join(',')}}'::text[]`;
      const differs = `(to_jsonb(OLD) - ${ignored}) IS DISTINCT FROM (to_jsonb(NEW) - ${ignored})`;
      await queryRunner.query(
        `CREATE TRIGGER "gatehouse_updated" AFTER UPDATE ON "${table}" FOR EACH ROW WHEN (${differs}${also[table] ?? ''}) EXECUTE FUNCTION "gatehouse_tell_change"()`,
      );
      await queryRunner.query(
        `CREATE TRIGGER "gatehouse_deleted" AFTER DELETE ON "${table}" FOR EACH ROW EXECUTE FUNCTION "gatehouse_tell_change"()`,
      );
      await queryRunner.query(
        `CREATE TRIGGER "gatehouse_added" AFTER INSERT ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION "gatehouse_tell_all"()`,
      );
      await queryRunner.query(
        `CREATE TRIGGER "gatehouse_emptied" AFTER TRUNCATE ON "${table}" FOR EACH STATEMENT EXECUTE FUNCTION "gatehouse_tell_all"()`,
      );
      // Also where rows come by replication, or in a session that calls itself a replica.
      for (const event of events)
        await queryRunner.query(`ALTER TABLE "${table}" ENABLE ALWAYS TRIGGER "gatehouse_${event}"`);
    }
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of tables) {
      for (const event of events) await queryRunner.query(`DROP TRIGGER "gatehouse_${event}" ON "${table}"`);
    }
    await queryRunner.query(`DROP FUNCTION "gatehouse_tell_all"()`);
    await queryRunner.query(`DROP FUNCTION "gatehouse_tell_change"()`);
    await queryRunner.query(`DROP TABLE "replicas"`);
  }
}
