import { createHistogram } from 'node:perf_hooks';
import { countDatabaseCalls } from './count-database-calls.js';
import { load } from './load.js';
import { measureBetween } from './measure-between.js';
import { say } from './say.js';
import { summaryOf } from './summary.js';

const rounds = 5;
const seconds = 1;
const tokensInProcess = 2_000;

/** Measures all rows beside the bare route, the first of them, and new tokens in the process itself. */
export async function measureRows(server, rows, credentials) {
  const [bare, ...others] = rows.map((row) => ({ ...row, slices: [], latencies: createHistogram() }));
  const inProcess = [];
  const measureInProcess = () =>
    server.ask('costInProcess', Array.from({ length: tokensInProcess }, credentials.newToken));

  say('Warming up …');
  for (const row of rows) await load(row, seconds);
  await measureInProcess();

  await measureBetween(server, bare, others, {
    rounds,
    seconds,
    beforeRound: (round) => say(`Round ${round} of ${rounds} …`),
    afterRound: async () => inProcess.push(await measureInProcess()),
  });
  const databaseCalls = await countDatabaseCalls(server, rows, credentials);
  return summaryOf([bare, ...others], inProcess, databaseCalls);
}
