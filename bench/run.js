import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { measureBetterAuth } from './better-auth/measure.js';
import { obtainCredentials } from './credentials.js';
import { measureHosts } from './hosts/measure.js';
import { measureDatabases } from './measure-databases.js';
import { measureMemory } from './memory.js';
import { measureRows } from './measure-rows.js';
import { page } from './page.js';
import { rowsOf } from './rows.js';
import { say } from './say.js';
import { startProcess } from './start-process.js';
import { measureStartTime } from './start-time.js';
import { tables } from './tables.js';
import { measureBesidePersonal } from './tool-keys/beside-personal.js';

// `npm run bench` prints the figures; `npm run bench -- --write` also writes docs/benchmarks.md.
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
try {
  const server = await startProcess('bench/server/main.js', { args: [dataDir] });
  const credentials = await obtainCredentials(server.ready.service, dataDir);
  const rows = rowsOf(server.ready, credentials);
  const measured = await measureRows(server, rows, credentials);
  const besidePersonal = await measureBesidePersonal(server, rows);
  const limitedKey = rows.find(({ name }) => name === 'limitedKey');
  const betterAuth = await measureBetterAuth(server, limitedKey, dataDir);
  await checkCounts(server.ready.service, credentials);
  await server.stop();

  const hosts = await measureHosts(dataDir);

  say('Start time and memory …');
  const startTime = await measureStartTime(dataDir);
  const memory = await measureMemory(dataDir, credentials);

  const databases = await measureDatabases(dataDir);

  const results = { ...measured, startTime, memory, ...databases, besidePersonal, betterAuth, hosts };
  console.log(await format(tables(results), { parser: 'markdown' }));
  if (process.argv.includes('--write')) {
    await mkdir('docs', { recursive: true });
    await writeFile('docs/benchmarks.md', await format(page(results), { parser: 'markdown' }));
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

/** Rejects unless the limited key was counted at each request, by its limit and in its usage alike. */
async function checkCounts(serviceUrl, { token, limited }) {
  const answer = await fetch(`${serviceUrl}/bench/guarded`, { headers: { 'x-api-key': limited.key } });
  const remaining = Number(/r=(\d+)/.exec(answer.headers.get('ratelimit'))?.[1]);
  const usage = await fetch(`${serviceUrl}/api/v1/api-keys/${limited.id}/usage`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { VALID: used } = (await usage.json()).total;
  const counted = limited.limit - remaining;
  if (counted !== used || !(used > 10_000))
    throw new Error(`The limit of the limited key counted ${counted} requests, its usage ${used}`);
}
