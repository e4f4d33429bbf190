import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A process of its own on a database, with a build: `database-child.js <url> <dist>`. Says `ready`, and after a line on standard input
 * opens the database and says `migrated` if it was the one to do so, then `open`. With a second line it writes pairs
 * of owners, `a<n>` and `b<n>`, and says `<n>` for each pair that is stored, until it is killed.
 */
const [url, dist] = process.argv.slice(2);
const { openDatabase } = await import(`${dist}/database/open-database.js`);
const { Owner } = await import(`${dist}/identity/owner.entity.js`);
const { gatehouseEntities } = await import(`${dist}/entities.js`);

const say = (line) => writeSync(1, `${line}\n`);
const logger = { log: () => say('migrated'), warn: say, error: say };
const steps = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

say('ready');
await steps.next();
const database = await openDatabase({ url, entities: gatehouseEntities, logger });
say('open');
await steps.next();

let next = 0;
await Promise.all(Array.from({ length: 4 }, writeForEver));

async function writeForEver() {
  for (;;) {
    const n = (next += 1);
    await database.write(async (manager) => {
      await manager.insert(Owner, { id: `a${n}`, name: 'pair', disabledAt: null, createdAt: new Date() });
      await manager.insert(Owner, { id: `b${n}`, name: 'pair', disabledAt: null, createdAt: new Date() });
    });
    say(String(n));
  }
}
