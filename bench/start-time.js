import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './numbers.js';
import { createIssuer } from './people.js';
import { startProcess } from './start-process.js';
import { startService } from './start-service.js';

const serviceStarts = 5;
const hostStarts = 5;

/** Milliseconds from spawn to the first 200 of /health/ready, on a database that is there already. The median. */
export async function measureServiceStart(folder) {
  const dataDir = await mkdtemp(join(folder, 'start-'));
  const times = [];
  for (let start = 0; start <= serviceStarts; start += 1) {
    const service = await startService(dataDir);
    if (start > 0) times.push(service.startMilliseconds);
    await service.stop();
  }
  return median(times);
}

/**
 * Milliseconds from the spawn of a host to its open port, without and with our modules: in turns, the medians. `imports` are those of
 * importing our modules, after Nest, Swagger, zod and TypeORM.
 */
export async function measureHostStart(folder) {
  createIssuer(folder);
  const times = { without: [], with: [] };
  const imports = [];
  for (let start = 0; start <= hostStarts; start += 1) {
    for (const kind of ['without', 'with']) {
      const { time, importMilliseconds } = await startHost(folder, kind);
      if (start === 0) continue;
      times[kind].push(time);
      if (kind === 'with') imports.push(importMilliseconds);
    }
  }
  const added = median(times.with.map((time, round) => time - times.without[round]));
  return { without: median(times.without), imports: median(imports), added };
}

async function startHost(folder, kind) {
  const start = performance.now();
  const host = await startProcess('bench/subjects/start-host.js', { args: [folder, kind] });
  const time = performance.now() - start;
  await host.stop();
  return { time, importMilliseconds: host.ready.importMilliseconds };
}
