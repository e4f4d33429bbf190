import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';

export const name = 'PostgreSQL table locked';

/** Somebody holds the table of API keys for 8 s: what waits for it ends with its time, and changes of it are heard of. */
export async function run() {
  const site = await postgresSite();
  let session;
  return endure(site, {
    name,
    tolerates: () => ({ nothing: Infinity, read: 0, write: 0 }),
    begin: async () => {
      session = await site.postgres.session();
      await session.query('BEGIN');
      await session.query('LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE');
    },
    end: () => session.end(),
  });
}
