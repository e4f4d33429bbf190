import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openDatabase } from '../../src/database/open-database.js';
import { Owner } from '../../src/identity/owner.entity.js';
import { gatehouseEntities } from '../../src/entities.js';

/**
 * A process of its own on a database: `database-child.ts <url>`. Says `ready`, and after a line on standard input
 * opens the database and says `migrated` if it was the one to do so, then `open`. With a second line it writes pairs
 * of owners, `a<n>` and `b<n>`, and says `<n>` for each pair that is stored, until it is killed.
 */
const say = (line: string) => writeSync(1, `${line}\n`);
const logger = { log: () => say('migrated'), warn: say, error: say };
const steps = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

say('ready');
await steps.next();
const database = await openDatabase({ url: process.argv[2] ?? '', entities: gatehouseEntities, logger });
say('open');
await steps.next();

let next = 0;
await Promise.all(Array.from({ length: 4 }, writeForEver));

async function writeForEver(): Promise<never> {
  for (;;) {
    const n = (next += 1);
    await database.write(async (manager) => {
      await manager.insert(Owner, { id: `a${n}`, name: 'pair', disabledAt: null, createdAt: new Date() });
      await manager.insert(Owner, { id: `b${n}`, name: 'pair', disabledAt: null, createdAt: new Date() });
    });
    say(String(n));
  }
}
