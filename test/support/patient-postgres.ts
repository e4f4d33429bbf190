import { PostgresPool } from '../../src/database/postgres-pool.js';

const patienceMs = 60_000;
const connect = PostgresPool.prototype.connect;

/**
 * Lets crowds wait for connections and locks as long as a busy machine takes, where a service would answer 503; the limits
 * themselves have tests of their own. Gives the URL that says so.
 */
export function withPatience(databaseUrl: string): string {
  if (!databaseUrl.startsWith('postgres')) return databaseUrl;
  PostgresPool.prototype.connect = function (this: PostgresPool, ...how: Parameters<typeof connect>) {
    this.options.connectionTimeoutMillis = patienceMs;
    return connect.apply(this, how);
  } as typeof connect;
  const url = new URL(databaseUrl);
  for (const limit of ['lock_timeout', 'statement_timeout', 'query_timeout'])
    url.searchParams.set(limit, String(patienceMs));
  return url.href;
}
