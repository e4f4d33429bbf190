import { expectGuard, load } from './load.js';
import { median } from './numbers.js';
import { loadCore } from './pin.js';
import { say } from './say.js';

const rounds = 5;
const seconds = 1.5;
const warmUpSeconds = 0.6;

/**
 * Loads each row once in each round, in an order that rotates, with its process among `processes`; leaves in `slices` of
 * each its figures of the rounds.
 */
export async function measureRounds(rows, processes) {
  const loads = rows.map((row) => {
    const process = processes.get(row.subject);
    row.slices = [];
    return { row, process, request: { status: 200, ...row.request(process.ready) } };
  });
  for (const { request } of loads) await expectGuard(request);
  for (let round = 0; round <= rounds; round += 1) {
    say(round === 0 ? 'Warming up …' : `Round ${round} of ${rounds} …`);
    const first = Math.floor((loads.length * round) / rounds);
    for (const { row, process, request } of [...loads.slice(first), ...loads.slice(0, first)]) {
      const slice = await measureSlice(process, request, round === 0 ? warmUpSeconds : seconds);
      if (round > 0) row.slices.push(slice);
    }
  }
}

/** `rate` in requests a second, `cpu` in microseconds of the subject's processor time for each request, `p99` in ms. */
async function measureSlice(process, request, seconds) {
  const start = await process.ask('processorMicroseconds');
  const { requests, seconds: elapsed, p99 } = await load(request, seconds, loadCore);
  const used = (await process.ask('processorMicroseconds')) - start;
  return { rate: requests / elapsed, cpu: used / requests, p99, ofCore: used / 1e6 / elapsed };
}

/** The medians over the rounds. */
export function summaryOf({ slices }) {
  const middle = (name) => median(slices.map((slice) => slice[name]));
  return { rate: middle('rate'), cpu: middle('cpu'), p99: middle('p99') };
}

/** How many times as much one row does as another, in the same time and with the same processor time. */
export function ratioOf(row, other) {
  const middle = (read) => median(row.slices.map((slice, round) => read(slice, other.slices[round])));
  return {
    byRate: middle((one, two) => one.rate / two.rate),
    byCpu: middle((one, two) => two.cpu / one.cpu),
  };
}
