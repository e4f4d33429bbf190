import { PostgresPool } from '../../src/database/postgres/postgres-client.js';

const patienceMs = 60_000;
const { connect } = PostgresPool.prototype;

/**
 * Lets crowds wait for connections and locks as long as a busy machine takes, where a service would answer 503; the limits
 * themselves have tests of their own. Gives the URL that says so.
 */
export function withPatience(databaseUrl: string): string {
  if (!databaseUrl.startsWith('postgres')) return databaseUrl;
  if (connect.name !== connectPatiently.name)
    PostgresPool.prototype.connect = connectPatiently as typeof connect;
  const url = new URL(databaseUrl);
  for (const limit of ['lock_timeout', 'statement_timeout', 'query_timeout'])
    url.searchParams.set(limit, String(patienceMs));
  return url.href;
}

/** Other pools of this process have no patience. */
function connectPatiently(this: PostgresPool, ...how: Parameters<typeof connect>) {
  if (this.options.connectionString?.includes(`query_timeout=${patienceMs}`)) {
    this.options.connectionTimeoutMillis = patienceMs;
  }
  return connect.apply(this, how);
}
