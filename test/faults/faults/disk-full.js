import { join } from 'node:path';
import Database from 'better-sqlite3';
import { endure } from '../harness/endure.js';
import { skipped } from '../harness/row.js';
import { sqliteSite } from '../harness/sites.js';
import { noWrites } from '../harness/tolerances.js';
import { installed, outputOf } from '../harness/tools.js';

export const name = 'SQLite with a full disk';

/** No file of the process can grow any more, as on a full disk, though the error is EFBIG and not ENOSPC. */
export async function run() {
  if (installed('prlimit') === undefined) return skipped(name, 'prlimit (util-linux) is not installed');
  const site = await sqliteSite();
  const [replica] = site.replicas;
  const file = join(site.dataDir, 'gatehouse.db');
  const limitTo = (bytes) => outputOf('prlimit', '--pid', String(replica.pid), `--fsize=${bytes}:`);
  try {
    return await endure(site, {
      name,
      tolerates: noWrites,
      // Below what the files have: SQLite writes the log anew from its start, which would need no more room for a while.
      begin: () => limitTo(4096),
      end: () => limitTo('unlimited'),
      after: async ({ watch }) => {
        watch.require(watch.faults > 0, 'the disk was never full');
        watch.require((await replica.end('SIGTERM')) === 0, 'it ends with code 0');
        const database = new Database(file, { readonly: true });
        const verdict = database.pragma('integrity_check', { simple: true });
        database.close();
        watch.require(verdict === 'ok', `integrity_check: ${verdict}`);
      },
      notes: () => 'integrity_check: ok',
    });
  } finally {
    await site.close();
  }
}
