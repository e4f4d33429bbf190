import { startEmbeddedPostgres } from './embedded-postgres.js';
import { makeTemplate } from './postgres-template.js';

/**
 * Jest's global setup: takes the PostgreSQL server at TEST_DATABASE_URL, or starts one in a temporary folder. Leaves its
 * address in TEST_DATABASE_ADMIN_URL, and the name of a database with all tables in TEST_DATABASE_TEMPLATE. The own server
 * is the faster one: it writes nothing for a power cut, and compiles no queries.
 */
export default async function startPostgres() {
  const url = process.env.TEST_DATABASE_URL || (await startServer());
  process.env.TEST_DATABASE_ADMIN_URL = url;
  process.env.TEST_DATABASE_TEMPLATE = await makeTemplate(url);
}

async function startServer() {
  const { url, stop } = await startEmbeddedPostgres();
  globalThis.stopEmbeddedPostgres = stop;
  return url;
}
