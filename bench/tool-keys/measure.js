import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { say } from '../say.js';
import { startProcess } from '../start-process.js';
import { measureIssuing } from './issue.js';
import { measureTree } from './tree.js';

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
