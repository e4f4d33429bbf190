import { Client } from 'pg';
import { startEmbeddedPostgres } from '../support/embedded-postgres.js';

/** Empty PostgreSQL databases, on the server at `TEST_DATABASE_URL` or on one of our own. */
export async function startDatabases() {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: () => undefined } : await startEmbeddedPostgres();
  const names = [];

  async function query(text) {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  return {
    async create() {
      const name = `gatehouse_project_${process.pid}_${names.length}`;
      names.push(name);
      await query(`CREATE DATABASE ${name}`);
      return Object.assign(new URL(server.url), { pathname: name }).href;
    },
    async stop() {
      if (given) for (const name of names) await query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await server.stop();
    },
  };
}
