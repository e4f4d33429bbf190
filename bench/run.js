import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { measureDatabases } from './measure-databases.js';
import { measureRows } from './measure-rows.js';
import { page } from './page.js';
import { say } from './say.js';
import { measureHostStart, measureServiceStart } from './start-time.js';
import { tables } from './tables/tables.js';

// `npm run bench` prints the figures; `-- --write` also writes docs/benchmarks.md. `-- --only text` measures only what has the
// text in its name, beside what it is compared with.
const { write, only } = parseArgs({
  options: { write: { type: 'boolean' }, only: { type: 'string', default: '' } },
}).values;
if (write && only !== '') throw new Error('The page is written from a complete run');

const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'));
try {
  const results = await measureRows(folder, only);
  if (isAsked('start of the service')) results.serviceStart = await measureServiceStart(folder);
  if (isAsked('start of a host')) results.hostStart = await measureHostStart(folder);
  if (isAsked('databases')) Object.assign(results, await measureDatabases(folder));
  console.log(await format(tables(results), { parser: 'markdown' }));
  if (write) await writeFile('docs/benchmarks.md', await format(page(results), { parser: 'markdown' }));
} finally {
  await rm(folder, { recursive: true, force: true });
}

function isAsked(name) {
  const isIncluded = name.includes(only.toLowerCase());
  if (isIncluded) say(`The ${name} …`);
  return isIncluded;
}
