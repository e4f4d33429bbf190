import { join } from 'node:path';
import Database from 'better-sqlite3';
import { endure } from '../harness/endure.js';
import { sqliteSite } from '../harness/sites.js';
import { noWrites } from '../harness/tolerances.js';
import { writeAtOnce } from '../harness/write-at-once.js';

export const name = 'SQLite locked by another process';
/** 5 s behind other writes, 3 s for the lock, and a little for a slow machine. */
const longestMs = 11_500;

/** Somebody else writes for 8 s, while 1,500 writes are asked for at once: no more wait than may, and none too long. */
export async function run() {
  const site = await sqliteSite();
  const other = new Database(join(site.dataDir, 'gatehouse.db'));
  try {
    return await endure(site, {
      name,
      tolerates: noWrites,
      longestMs,
      begin: () => other.exec('BEGIN IMMEDIATE'),
      meanwhile: (scene) => writeAtOnce(scene, 1_500),
      end: () => other.exec('ROLLBACK'),
    });
  } finally {
    other.close();
    await site.close();
  }
}
