import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { say } from '../faults/harness/say.js';
import { measure } from './harness/measure.js';
import { Site } from './harness/site.js';
import { tableOf } from './harness/table.js';
import { chosen } from './plan.js';

// `npm run test:abuse` runs all attacks; `-- --only NAME` those with such a name, `-- --database postgres` those on it.
// `-- --lenient` grants three times the aims for p99, and a fifth more memory. `-- --seconds 1` is how long each attack runs.
const text = { type: 'string' };
const { values: options } = parseArgs({
  options: {
    only: text,
    database: text,
    lenient: { type: 'boolean', default: false },
    seconds: { ...text, default: '2' },
  },
});
const seconds = Number(options.seconds);
if (!(seconds >= 1)) throw new Error('--seconds must be a number of at least 1');
const started = performance.now();
const rows = [];
for (const [database, attacks] of chosen(options)) {
  const site = await Site.start(database);
  for (const attack of attacks) rows.push(await attempt(site, database, attack));
  await site.end();
}

console.log(await format(tableOf(rows), { parser: 'markdown', printWidth: 1_000 }));
for (const { name, database, missed } of rows)
  for (const aim of missed) console.log(`- ${name} (${database}): ${aim}`);
say(`${Math.round((performance.now() - started) / 1000)} s in all`);
process.exit(rows.length === 0 || rows.some(({ missed }) => missed.length > 0) ? 1 : 0);

/** An attack that cannot be run to its end has missed its aims. */
async function attempt(site, database, attack) {
  try {
    return await measure(site, database, attack, { seconds, isLenient: options.lenient });
  } catch (error) {
    say(`  ${attack.name}: ${error.stack}`);
    await site.restart();
    const { name, connections } = attack;
    return { name, database, connections, missed: [`could not be run to its end: ${error.message}`] };
  }
}
