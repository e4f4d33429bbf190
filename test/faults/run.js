import { parseArgs } from 'node:util';
import { format } from 'prettier';
import { chosen } from './plan.js';
import { say } from './harness/say.js';
import { tableOf } from './harness/table.js';

// `npm run test:faults` bears all faults; `npm run test:faults -- --only redis` those with such a name.
const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
const started = performance.now();
const { sideBySide, alone } = chosen(only);
const rows = (await Promise.all(sideBySide.map(bearInTurn))).flat();
rows.push(...(await bearInTurn(alone)));

console.log(await format(tableOf(rows), { parser: 'markdown', printWidth: 1_000 }));
for (const { name, breaches } of rows) for (const breach of breaches) console.log(`- ${name}: ${breach}`);
say(`${Math.round((performance.now() - started) / 1000)} s in all`);
process.exit(rows.some(({ breaches }) => breaches.length > 0) || rows.length === 0 ? 1 : 0);

async function bearInTurn(faults) {
  const rows = [];
  for (const together of faults) rows.push(...(await Promise.all(together.map(bear))).flat());
  return rows;
}

/** A fault that cannot be borne to its end has broken its law. */
async function bear(fault) {
  const { name } = fault;
  try {
    const row = await fault.run();
    for (const breach of row.breaches) say(`  ${name}: ${breach}`);
    return row;
  } catch (error) {
    say(`  ${name}: ${error.stack}`);
    return { name, notes: '', breaches: [`could not be borne to its end: ${error.message}`] };
  }
}
