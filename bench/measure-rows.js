import { createHistogram } from 'node:perf_hooks';
import { load } from './load.js';
import { mean } from './numbers.js';
import { say } from './say.js';
import { summaryOf } from './summary.js';

const rounds = 5;
const seconds = 1.2;
const tokensInProcess = 2_000;

/**
 * Measures all rows in several short rounds, the bare route before and after each of them, so that whatever else the
 * machine does slows down both.
 */
export async function measureRows(server, rows, { newToken }) {
  const [bare, ...others] = rows.map((row) => ({ ...row, slices: [], latencies: createHistogram() }));
  const inProcess = [];
  const measureInProcess = () =>
    server.ask('costInProcess', Array.from({ length: tokensInProcess }, newToken));

  say('Warming up …');
  for (const row of rows) await load(row, seconds);
  await measureInProcess();

  let before = await measure(server, bare);
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds} …`);
    for (const row of others) {
      const slice = await measure(server, row);
      const after = await measure(server, bare);
      row.slices.push({
        ...slice,
        bare: { rate: mean([before.rate, after.rate]), cpu: mean([before.cpu, after.cpu]) },
      });
      bare.slices.push({ ...after, bare: after });
      before = after;
    }
    inProcess.push(await measureInProcess());
  }
  return summaryOf([bare, ...others], inProcess);
}

/** `rate` in requests a second, `cpu` in microseconds of the server's processor time for each request. */
async function measure(server, row) {
  // What earlier rows left to be written is written now, not in the middle of this one.
  await server.ask('settle');
  const start = await server.ask('effort');
  const { requests, seconds: elapsed } = await load(row, seconds, row.latencies);
  const end = await server.ask('effort');
  const databaseCalls = end.databaseCalls - start.databaseCalls;
  if (databaseCalls > row.mostDatabaseCalls) {
    throw new Error(`${row.title}: ${databaseCalls} calls of the database in ${requests} requests`);
  }
  const cpu = (end.cpuMicroseconds - start.cpuMicroseconds) / requests;
  return { requests, rate: requests / elapsed, cpu, databaseCalls };
}
