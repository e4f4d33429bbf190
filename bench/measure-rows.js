import { createHistogram } from 'node:perf_hooks';
import { countDatabaseCalls } from './count-database-calls.js';
import { load } from './load.js';
import { measureSlice } from './measure-slice.js';
import { mean } from './numbers.js';
import { say } from './say.js';
import { summaryOf } from './summary.js';

const rounds = 5;
const seconds = 1;
const tokensInProcess = 2_000;

/**
 * Measures all rows in several short rounds, the bare route before and after each of them, so that whatever else the
 * machine does slows down both.
 */
export async function measureRows(server, rows, credentials) {
  const [bare, ...others] = rows.map((row) => ({ ...row, slices: [], latencies: createHistogram() }));
  const inProcess = [];
  const measureInProcess = () =>
    server.ask('costInProcess', Array.from({ length: tokensInProcess }, credentials.newToken));

  say('Warming up …');
  for (const row of rows) await load(row, seconds);
  await measureInProcess();

  let before = await measureSlice(server, bare, seconds);
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} …`);
    for (const row of others) {
      const slice = await measureSlice(server, row, seconds);
      const after = await measureSlice(server, bare, seconds);
      row.slices.push({
        ...slice,
        bare: { rate: mean([before.rate, after.rate]), cpu: mean([before.cpu, after.cpu]) },
      });
      bare.slices.push({ ...after, bare: after });
      before = after;
    }
    inProcess.push(await measureInProcess());
  }
  const databaseCalls = await countDatabaseCalls(server, rows, credentials);
  return summaryOf([bare, ...others], inProcess, databaseCalls);
}
