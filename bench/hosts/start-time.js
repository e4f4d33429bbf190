import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from '../numbers.js';
import { startProcess } from '../start-process.js';
import { hostKinds } from './host-kinds.js';

const rounds = 9;
const kinds = Object.keys(hostKinds);

/** Milliseconds from the spawn of a host to its open port, without and with our modules: in turns, the medians. */
export async function measureHostStart(dataDir) {
  const folder = join(dataDir, 'host-start');
  await mkdir(folder);
  const times = Object.fromEntries(kinds.map((kind) => [kind, []]));
  for (const kind of kinds) await startOnce(kind, folder);
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of kinds) times[kind].push(await startOnce(kind, folder));
  }
  return {
    plain: comparison(times.plain, times.plainWithUs),
    typical: comparison(times.typical, times.typicalWithGatehouse),
  };
}

async function startOnce(kind, folder) {
  const start = performance.now();
  const host = await startProcess('bench/hosts/start-host.js', { args: [folder, kind] });
  const time = performance.now() - start;
  await host.stop();
  return time;
}

function comparison(without, withUs) {
  const added = median(withUs.map((time, round) => time - without[round]));
  return { without: median(without), withUs: median(withUs), added };
}
