import { measureSlice } from '../measure-slice.js';
import { mean, median } from '../numbers.js';
import { say } from '../say.js';

const rounds = 9;
const seconds = 1;

/**
 * The throughput of a tool key as a share of a personal key's, and its share by processor time: each slice between two of
 * the other, so that whatever else the machine does slows down both. The medians of the rounds.
 */
export async function measureBesidePersonal(server, rows) {
  say('A tool key beside a personal key …');
  const [personal, tool] = ['apiKey', 'toolKey'].map((name) => rows.find((row) => row.name === name));
  const slices = [];
  let before = await measureSlice(server, personal, seconds);
  for (let round = 0; round < rounds; round += 1) {
    const between = await measureSlice(server, tool, seconds);
    const after = await measureSlice(server, personal, seconds);
    slices.push({
      ofRate: between.rate / mean([before.rate, after.rate]),
      ofCpu: mean([before.cpu, after.cpu]) / between.cpu,
    });
    before = after;
  }
  return {
    ofRate: median(slices.map(({ ofRate }) => ofRate)),
    ofCpu: median(slices.map(({ ofCpu }) => ofCpu)),
  };
}
