import { randomBytes } from 'node:crypto';
import { register } from 'node:module';
import { Client } from 'pg';

/** Makes a database with all tables, to be copied, which takes a fraction of the time; resolves with its name. */
export async function makeTemplate(adminUrl) {
  register('./runner/module-hooks.js', import.meta.url);
  const { openDatabase } = await import('../../src/database/open-database.js');
  const { gatehouseEntities: entities } = await import('../../src/entities.js');
  const name = `gatehouse_test_template_${randomBytes(8).toString('hex')}`;
  await run(adminUrl, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const logger = { log() {}, warn() {}, error() {} };
  const database = await openDatabase({ url: url.href, entities, logger });
  await database.close();
  return name;
}

export async function dropTemplate(adminUrl, name) {
  await run(adminUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

async function run(connectionString, sql) {
  const client = new Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
}
