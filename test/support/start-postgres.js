import { Client } from 'pg';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { makeTemplate } from './postgres-template.js';

const local = 'postgres://postgres@127.0.0.1:5432/postgres';

/**
 * Jest's global setup: finds a PostgreSQL server for the tests, or starts one, and leaves its address in
 * TEST_DATABASE_ADMIN_URL, and the name of a database with all tables in TEST_DATABASE_TEMPLATE. In this order: TEST_DATABASE_URL, a server on the default port that lets the user postgres
 * in, and embedded-postgres in a temporary folder. TEST_DATABASE_EMBEDDED=1 goes straight to the last.
 */
export default async function startPostgres() {
  const url = await findServer(process.env);
  process.env.TEST_DATABASE_ADMIN_URL = url;
  process.env.TEST_DATABASE_TEMPLATE = await makeTemplate(url);
}

async function findServer({ TEST_DATABASE_URL, TEST_DATABASE_EMBEDDED }) {
  if (TEST_DATABASE_EMBEDDED !== '1') {
    if (TEST_DATABASE_URL) return TEST_DATABASE_URL;
    if (await letsUsIn(local)) return local;
  }
  const { url, stop } = await startEmbeddedPostgres();
  globalThis.stopEmbeddedPostgres = stop;
  return url;
}

async function letsUsIn(url) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    const { rows } = await client.query('SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user');
    return rows[0].rolcreatedb;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
