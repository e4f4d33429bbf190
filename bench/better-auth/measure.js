import { createHistogram } from 'node:perf_hooks';
import { join } from 'node:path';
import { load } from '../load.js';
import { measureSlice } from '../measure-slice.js';
import { median } from '../numbers.js';
import { say } from '../say.js';
import { startProcess } from '../start-process.js';
import { setUps } from './set-ups.js';

const rounds = 5;
const seconds = 0.8;

/**
 * Requests a second that better-auth verifies, in each of its set-ups, against those of `ours`, a row of the bench, on
 * `server`: in turns, by the same load.
 */
export async function measureBetterAuth(server, ours, folder) {
  say('better-auth …');
  const theirs = await Promise.all(Object.keys(setUps).map((name) => start(name, folder)));
  const all = [{ server, row: ours }, ...theirs].map(({ server, row }) => ({
    server,
    row: { ...row, latencies: createHistogram() },
    slices: [],
  }));
  for (const { row } of all) await load(row, seconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const { server, row, slices } of all) slices.push(await measureSlice(server, row, seconds));
  }
  for (const { server } of theirs) await server.stop();
  const [first, ...others] = all.map(summaryOf);
  return { ours: first, theirs: others.map((row) => ({ ...row, ...ratiosOf(first, row) })) };
}

async function start(name, folder) {
  const args = [join(folder, `better-auth-${name}.db`), name];
  const server = await startProcess('bench/better-auth/server.js', { args });
  const { url, key } = server.ready;
  const { title, leastRatio } = setUps[name];
  const requestsFor = () => [{ headers: { 'x-api-key': key } }];
  return { server, row: { title, leastRatio, url, status: 200, requestsFor } };
}

function summaryOf({ row: { title, leastRatio, latencies }, slices }) {
  const [p50, p99] = [50, 99].map((percent) => latencies.percentile(percent) / 1000);
  const [rate, cpu] = ['rate', 'cpu'].map((name) => median(slices.map((slice) => slice[name])));
  return { title, leastRatio, slices, rate, cpu, p50, p99 };
}

/** How many times as much Gatehouse does: in the same time, and with the same processor time. */
function ratiosOf(ours, theirs) {
  const pairs = ours.slices.map((slice, round) => [slice, theirs.slices[round]]);
  return {
    ratioOfRate: median(pairs.map(([our, their]) => our.rate / their.rate)),
    ratioOfCpu: median(pairs.map(([our, their]) => their.cpu / our.cpu)),
  };
}
