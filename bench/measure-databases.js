import { kindsOfDatabases } from './databases/databases.js';
import { measureImport } from './import-speed.js';
import { measureManyKeys } from './many-keys/measure.js';
import { say } from './say.js';
import { measureToolKeys } from './tool-keys/measure.js';
import { startProcess } from './start-process.js';

/** What depends on how many keys there are: `manyKeys` on each kind of database, `cached` on SQLite alone. */
export async function measureDatabases(folder) {
  let cached;
  const manyKeys = [];
  for (const kind of await kindsOfDatabases(folder)) {
    const { title, lack } = kind;
    if (lack !== undefined) {
      manyKeys.push({ title, lack });
      continue;
    }
    const measured = await measureManyKeys(kind, folder, async (large) => {
      cached ??= await measureCached(folder, large);
    });
    say(`${title}: import …`);
    const imported = await measureImport(kind, folder);
    manyKeys.push({ title, ...measured, imported, toolKeys: await measureToolKeys(kind, folder) });
  }
  return { cached, manyKeys };
}

/** As many as the service caches at most. */
const count = 100_000;

/** The bytes that a cached key takes, with 100,000 keys of this database in the cache. */
async function measureCached(dataDir, { url }) {
  const args = [dataDir, url, String(count)];
  const server = await startProcess('bench/server/cached-keys.js', { args, flags: ['--expose-gc'] });
  const bytes = await server.ask('bytes');
  await server.stop();
  return { bytes: bytes / count, count };
}
