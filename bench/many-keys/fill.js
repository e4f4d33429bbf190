import { keyColumns, keyRow, ownerColumns, ownerRows } from './keys.js';

const batch = 20_000;

/** Puts so many keys into an empty database, past the service; the indexes are built afterwards, which is faster. */
export async function fill(database, count) {
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
