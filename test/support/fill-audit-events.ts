import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';

/** Where the ids of these events begin: long before those of today. */
export const filledIds = '01890';

/** To keep these up to date takes three times as long as the rows, and only lists with a filter use them. */
const withoutIndexes = ['subject', 'owner', 'user']
  .map((name) => `DROP INDEX ix_audit_events_${name};`)
  .join('');

/** Events of about the size of real ones, or longer ones, in no time. Both databases understand it. */
const sql = (count: number, padding: number) => `
  WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count - 1}),
    events AS (SELECT n, substr(CAST(10000000 + n AS TEXT), 2) AS digits FROM numbers)
  INSERT INTO audit_events (id, time, type, subject_type, subject_id, owner_id, user_id, actor_type, actor_chain, ip,
    user_agent, request_id, details)
  SELECT '${filledIds}' || substr(digits, 1, 3) || '-' || substr(digits, 4) || '-7000-8000-000000000000',
    1688000000000 + n, 'used', 'api_key', '0188a000-0000-7000-8000-00000' || digits,
    '0188b000-0000-7000-8000-000000000' || substr(digits, 5), '0188c000-0000-7000-8000-000000000' || substr(digits, 5),
    'api_key', '[{"type":"user","id":"0188c000-0000-7000-8000-000000000' || substr(digits, 5) || '"}]', '192.0.2.17',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
    '0188d000-0000-4000-8000-00000' || digits, '{"method":"GET","path":"/api/v1/things/' || digits || '${'x'.repeat(padding)}"}'
  FROM events`;

/** Puts so many events into the database of a service, whose tables must be there. */
export async function fillAuditEvents(
  databaseUrl: string,
  count: number,
  { padding = 0 } = {},
): Promise<void> {
  await execute(databaseUrl, withoutIndexes + sql(count, padding));
}

/** Lets all events in the database wait for the audit sink. */
export async function putIntoOutbox(databaseUrl: string): Promise<void> {
  await execute(
    databaseUrl,
    `DELETE FROM audit_outbox; INSERT INTO audit_outbox (event_id, attempts) SELECT id, 0 FROM audit_events;`,
  );
}

async function execute(databaseUrl: string, statements: string): Promise<void> {
  if (databaseUrl.startsWith('sqlite:')) {
    const database = new Sqlite(fileURLToPath(databaseUrl.replace('sqlite:', 'file:')));
    database.exec(statements);
    database.close();
    return;
  }
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statements);
  await client.end();
}
