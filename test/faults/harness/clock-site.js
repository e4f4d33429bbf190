import { join } from 'node:path';
import { sqliteSite } from './sites.js';

/** A site on SQLite whose clock can be set. */
export async function clockSite() {
  const site = await sqliteSite({ imports: [join(import.meta.dirname, 'set-clock.js')] });
  const [replica] = site.replicas;
  const setClock = (offset) => replica.tell({ offset });
  return { ...site, replica, setClock };
}
