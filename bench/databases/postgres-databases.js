import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { migrate } from './migrate.js';

const local = 'postgres://postgres@127.0.0.1:5432/postgres';
const mark = 'gatehouse_bench_';

/** Scratch databases on the server at BENCH_DATABASE_URL, TEST_DATABASE_URL or the local default port. */
export async function postgresDatabases({ BENCH_DATABASE_URL, TEST_DATABASE_URL }) {
  const title = 'PostgreSQL';
  const admin = BENCH_DATABASE_URL || TEST_DATABASE_URL || local;
  const lack = await problemAt(admin);
  if (lack !== undefined) return { title, lack };
  await during(admin, dropLeftovers);
  return { title, create: (name) => create(admin, name) };
}

async function create(admin, purpose) {
  const name = `${mark}${purpose}_${randomBytes(4).toString('hex')}`;
  await during(admin, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE template0`));
  const url = new URL(admin);
  url.pathname = `/${name}`;
  await migrate(url.href);
  const drop = () => during(admin, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  return { url: url.href, connect: () => connect(url.href), drop };
}

/** For filling it: commits do not wait for the disk. */
async function connect(url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`SET synchronous_commit = off; SET maintenance_work_mem = '256MB'`);
  return {
    run: (sql) => client.query(sql),
    async indexesOf(table) {
      const sql = `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS sql
        FROM pg_index WHERE indrelid = $1::regclass AND NOT indisprimary`;
      return (await client.query(sql, [table])).rows;
    },
    insert(table, columns, rows) {
      const lists = columns.map((_, column) => rows.map((row) => row[column]));
      const typed = lists.map(
        ([first], at) => `$${at + 1}::${typeof first === 'number' ? 'bigint' : 'text'}[]`,
      );
      const sql = `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${typed.join(', ')})`;
      return client.query(sql, lists);
    },
    ownerOf: async (id) =>
      (await client.query('SELECT owner_id FROM tool_keys WHERE id = $1', [id])).rows[0].owner_id,
    settle: () => client.query('VACUUM (ANALYZE)'),
    close: () => client.end(),
  };
}

async function problemAt(admin) {
  try {
    await during(admin, (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return `no PostgreSQL (${error.code ?? 'unknown reason'})`;
  }
}

/** Databases of an interrupted run: they have no connections. */
async function dropLeftovers(client) {
  const sql = `SELECT datname AS name FROM pg_database AS it WHERE starts_with(datname, $1)
    AND NOT EXISTS (SELECT FROM pg_stat_activity AS used WHERE used.datname = it.datname)`;
  const { rows } = await client.query(sql, [mark]);
  for (const { name } of rows) await client.query(`DROP DATABASE IF EXISTS ${name}`);
}

async function during(url, work) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
