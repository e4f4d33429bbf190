import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { obtainCredentials } from './credentials.js';
import { say } from './say.js';
import { startProcess } from './start-process.js';

const requests = 1_000;

/**
 * Leaves in `databaseCalls` of these rows of the service how often it calls the database for a thousand requests. Rejects
 * when a row is over what it allows, and when the counter misses calls that there must be.
 */
export async function countDatabaseCalls(folder, rows) {
  say('Database calls …');
  const dataDir = await mkdtemp(join(folder, 'calls-'));
  const server = await startProcess('bench/server/count-database-calls.js', { args: [dataDir] });
  const url = server.ready;
  const credentials = await obtainCredentials(url, dataDir);
  const count = (request) => server.ask('databaseCalls', requestsOf({ status: 200, ...request }));
  try {
    for (const row of rows) {
      row.databaseCalls = await count(row.request({ url, ...credentials }));
      if (row.databaseCalls > row.mostDatabaseCalls)
        throw new Error(`${row.name}: ${row.databaseCalls} calls of the database`);
    }
    const headers = { 'x-api-key': '{}' };
    const values = () => Array.from({ length: requests }, credentials.newUnknownKey);
    const missed = requests - (await count({ url: `${url}/api/v1/auth/me`, headers, values, status: 401 }));
    if (missed !== 0) throw new Error(`Of ${requests} lookups of unknown keys ${missed} were not counted`);
  } finally {
    await server.stop();
  }
}

/** The headers of each request, and what all of them have in common. */
function requestsOf({ url, method = 'GET', headers = {}, body, status, values }) {
  const each = values?.(1) ?? Array.from({ length: requests }, () => '');
  const fill = (value) =>
    Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, text.replace('{}', value)]));
  return { path: new URL(url).pathname, method, body, status, headers: each.slice(0, requests).map(fill) };
}
