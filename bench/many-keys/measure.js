import { startProcess } from '../start-process.js';
import { say } from '../say.js';
import { fill } from './fill.js';
import { keyOfLargestOwner } from './keys.js';
import { measureLookups } from './lookups.js';
import { measurePages } from './pages.js';

const counts = { small: 1_000, large: 1_000_000 };

/** Lookups and lists on one kind of database; `also` is called with the large one before it is dropped. */
export async function measureManyKeys(kind, dataDir, also) {
  const databases = [];
  try {
    for (const [size, count] of Object.entries(counts)) {
      say(`${kind.title}: ${count} keys …`);
      const database = await kind.create(size);
      databases.push(database);
      await fill(database, count);
    }
    const [small, large] = databases;
    say(`${kind.title}: lookups and lists …`);
    const server = await startProcess('bench/server/many-keys.js', { args: [dataDir, small.url, large.url] });
    const lookups = await measureLookups(server, counts);
    const pages = await measurePages(server.ready, keyOfLargestOwner);
    await server.stop();
    await also(large);
    return { lookups, pages };
  } finally {
    for (const database of databases) await database.drop();
  }
}
