import { createHistogram } from 'node:perf_hooks';
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

const requests = 1_000;

/**
 * How often the service calls the database for a thousand requests of each of its rows; those of other applications have
 * no entry. Rejects when a row is over what it allows, and when the counter misses calls that there must be.
 */
async function countDatabaseCalls({ ask, ready }, rows, { newUnknownKey }) {
  const count = (url, status, nextHeaders) => {
    const headers = Array.from({ length: requests }, nextHeaders);
    return ask('databaseCalls', { path: new URL(url).pathname, status, headers });
  };
  const calls = {};
  for (const { name, title, url, status, requestsFor, mostDatabaseCalls } of rows) {
    if (!url.startsWith(ready.service)) continue;
    const [request] = requestsFor(1);
    calls[name] = await count(url, status, () => (request.setupRequest?.({}) ?? request).headers ?? {});
    if (calls[name] > mostDatabaseCalls) throw new Error(`${title}: ${calls[name]} calls of the database`);
  }
  const { url } = rows.find(({ name }) => name === 'unknownKey');
  const missed = requests - (await count(url, 401, () => ({ 'x-api-key': newUnknownKey() })));
  if (missed !== 0) throw new Error(`Of ${requests} lookups of unknown keys ${missed} were not counted`);
  return calls;
}
