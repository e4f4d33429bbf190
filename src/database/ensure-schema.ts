import type { QueryRunner } from 'typeorm';

/** Creates the schema when it is not there. Who may not create schemas is not asked to where it is. */
export async function ensureSchema(runner: QueryRunner, schema: string | undefined): Promise<void> {
  if (schema === undefined) return;
  const found: unknown[] = await runner.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.length === 0) await runner.query(`CREATE SCHEMA "${schema}"`);
}
