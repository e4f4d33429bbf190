import { startProcess } from '../start-process.js';
import { say } from '../say.js';
import { keyOfLargestOwner, keyColumns, keyRow, ownerColumns, ownerRows } from './keys.js';
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

const batch = 20_000;

/** Puts so many keys into an empty database, past the service; the indexes are built afterwards, which is faster. */
async function fill(database, count) {
  const connection = await database.connect();
  try {
    const indexes = await connection.indexesOf('api_keys');
    for (const { name } of indexes) await connection.run(`DROP INDEX ${name}`);
    await connection.insert('owners', ownerColumns, ownerRows());
    for (let from = 0; from < count; from += batch) {
      const rows = Array.from({ length: Math.min(batch, count - from) }, (_, at) => keyRow(from + at));
      await connection.insert('api_keys', keyColumns, rows);
    }
    for (const { sql } of indexes) await connection.run(sql);
    await connection.settle();
  } finally {
    await connection.close();
  }
}
