import { measureBetween } from '../measure-between.js';
import { median } from '../numbers.js';
import { say } from '../say.js';

const rounds = 9;
const seconds = 1;

/** The throughput of a tool key as a share of a personal key's, and its share by processor time: medians of the rounds. */
export async function measureBesidePersonal(server, rows) {
  say('A tool key beside a personal key …');
  const [personal, tool] = ['apiKey', 'toolKey'].map((name) => ({
    ...rows.find((row) => row.name === name),
    slices: [],
  }));
  await measureBetween(server, personal, [tool], { rounds, seconds });
  return {
    ofRate: median(tool.slices.map(({ rate, bare }) => rate / bare.rate)),
    ofCpu: median(tool.slices.map(({ cpu, bare }) => bare.cpu / cpu)),
  };
}
