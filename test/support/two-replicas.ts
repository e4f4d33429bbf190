import { Client } from 'pg';
import { type Gatehouse, startGatehouse } from './gatehouse.js';
import { type PostgresProxy, startPostgresProxy } from './postgres-proxy.js';

export interface TwoReplicas {
  readonly first: Gatehouse;
  /** It listens for changes through `proxy`. */
  readonly second: Gatehouse;
  readonly proxy: PostgresProxy;
  /** A connection to their database. */
  readonly sql: Client;
  close(): Promise<void>;
}

/** Two services on one database, called `first` and `second` in receipts. */
export async function startTwoReplicas(): Promise<TwoReplicas> {
  const first = await startGatehouse({ replicaName: 'first' });
  const { dataDir, databaseUrl } = first.configuration;
  const proxy = await startPostgresProxy(databaseUrl);
  const databaseDirectUrl = proxy.url;
  const second = await startGatehouse({ dataDir, databaseUrl, databaseDirectUrl, replicaName: 'second' });
  const sql = new Client({ connectionString: databaseUrl });
  await sql.connect();
  const close = async () => {
    await sql.end();
    await second.close();
    await proxy.close();
    await first.close();
  };
  return { first, second, proxy, sql, close };
}

export async function statusOf(at: Gatehouse, headers: Record<string, string>): Promise<number> {
  return (await at.send('GET', '/api/v1/auth/me', { headers })).status;
}
