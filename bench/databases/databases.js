import { postgresDatabases } from './postgres-databases.js';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { migrate } from './migrate.js';

/**
 * The kinds of database that can be measured here. Each has a `title` and `create`, which makes an empty database with the
 * schema of the service; or, when it is out of reach, `lack`, the reason.
 */
export async function kindsOfDatabases(folder) {
  return [sqliteDatabases(folder), await postgresDatabases(process.env)];
}

/** SQLite files in this folder. */
function sqliteDatabases(folder) {
  return {
    title: 'SQLite',
    async create(name) {
      const url = join(folder, `${name}.db`);
      await migrate(url);
      return { url, connect: () => connect(url), drop: () => removeAll(url) };
    },
  };
}

/** For filling it: nothing is flushed to disk. */
function connect(file) {
  const connection = new Database(file);
  connection.pragma('synchronous = OFF');
  connection.pragma('cache_size = -200000');
  return {
    run: (sql) => void connection.exec(sql),
    indexesOf(table) {
      const sql = `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`;
      return connection.prepare(sql).all(table);
    },
    insert(table, columns, rows) {
      const places = columns.map(() => '?').join(', ');
      const insert = connection.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`);
      connection.transaction(() => rows.forEach((row) => insert.run(row)))();
    },
    ownerOf: (id) => connection.prepare('SELECT owner_id FROM tool_keys WHERE id = ?').pluck().get(id),
    settle: () => void connection.exec('ANALYZE'),
    close: () => void connection.close(),
  };
}

async function removeAll(file) {
  for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true });
}
