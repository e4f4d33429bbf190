import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { obtainCredentials } from './credentials.js';
import { measureMemory } from './memory.js';
import { measureRows } from './measure-rows.js';
import { page } from './page.js';
import { rowsOf } from './rows.js';
import { say } from './say.js';
import { startProcess } from './start-process.js';
import { measureStartTime } from './start-time.js';
import { tables } from './tables.js';

// `npm run bench` prints the figures; `npm run bench -- --write` also writes docs/benchmarks.md.
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
try {
  const server = await startProcess('bench/server/main.js', { args: [dataDir] });
  const credentials = await obtainCredentials(server.ready.service, dataDir);
  const measured = await measureRows(server, rowsOf(server.ready, credentials), credentials);
  await server.stop();

  say('Start time and memory …');
  const startTime = await measureStartTime(dataDir);
  const memory = await measureMemory(dataDir, credentials);

  const results = { ...measured, startTime, memory };
  console.log(await format(tables(results), { parser: 'markdown' }));
  if (process.argv.includes('--write')) {
    await mkdir('docs', { recursive: true });
    await writeFile('docs/benchmarks.md', await format(page(results), { parser: 'markdown' }));
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
