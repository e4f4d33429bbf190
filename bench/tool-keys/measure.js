import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../say.js';
import { startProcess } from '../start-process.js';
import { measureTree } from './tree.js';
import { load } from '../load.js';
import { median } from '../numbers.js';

/** Issuing, and ending a tree, on one kind of database. */
export async function measureToolKeys(kind, folder) {
  say(`${kind.title}: tool keys …`);
  const database = await kind.create('tool_keys');
  const dataDir = await mkdtemp(join(folder, 'tool-keys-'));
  const server = await startProcess('bench/server/tool-keys.js', { args: [dataDir, database.url] });
  const filler = await database.connect();
  try {
    const issued = await measureIssuing(server.ready);
    const ended = await measureTree(server, filler);
    return { issued, ended };
  } finally {
    await filler.close();
    await server.stop();
    await database.drop();
  }
}

const rounds = 3;
const seconds = 1;
const mostPerSecond = 20_000;

/** Tool keys issued a second over HTTP, each for a task of its own: the median of the rounds. */
async function measureIssuing({ url, token }) {
  let task = 0;
  const row = {
    url: `${url}/api/v1/tool-keys`,
    status: 201,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{"taskId":"task-{}"}',
    values: (seconds) => Array.from({ length: seconds * mostPerSecond }, () => String((task += 1))),
    once: true,
  };
  await load(row, seconds);
  const rates = [];
  for (let round = 0; round < rounds; round += 1) {
    const issued = await load(row, seconds);
    rates.push(issued.requests / issued.seconds);
  }
  return median(rates);
}
