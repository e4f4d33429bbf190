import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { connections, generator } from './load.js';
import { median } from './numbers.js';
import { canPin } from './pin.js';
import { nodeFlags } from './start-process.js';
import { tables } from './tables/tables.js';

const { dependencies } = JSON.parse(readFileSync('bench/package.json', 'utf8'));

/** docs/benchmarks.md. */
export function page(results) {
  return `# Benchmarks

Written by \`npm run bench -- --write\`. Machines differ: compare the shares, not the absolute figures.

${machine(results)}

${tables(results)}

## How it was measured

- Each application is a process with the flags of \`npm start\`, ${pinning()}. Routes answer \`{ "ok": true }\` on Nest with its default adapter.
  The service is what \`npm start\` runs, on SQLite, asked for \`/api/v1/auth/me\` unless its row says otherwise.
- ${connections} connections of ${generator}; a status other than expected fails the bench. In each of five rounds every row is loaded for 1.5 s, in rotating
  order. Figures are medians over the rounds, ratios those within a round: by req/s, then by processor time (user and system, all
  threads). An aim is met when both reach it.
- **p99** is mostly time in the queue of a saturated server.
- Credentials repeat, except **new JWTs** (ES256, never seen before). 0.87 times as much is a cost of 1.15.
- **Hand-written and Passport** guards look up the key's SHA-256 in an LRU cache with a TTL; they lack counts, limits, events and invalidation.
- **better-auth** ${dependencies['@better-auth/api-key']} stores each count before it answers. Gatehouse writes batches: a crash loses up to a minute of counts.
- The bench fails if a wrong checksum causes a **database call**, and unless limit and usage of the limited key counted the same.
- **Start**: of the service to the first 200 of \`/health/ready\`; of a host that also loads \`@nestjs/swagger\` and zod, to its open port.
  Medians of five. **Memory**: resident, after the load above; of cached keys: heap and external.
- **Ending a tree**: five deep, all keys cached; median of three. **Lookups** are in the process, **lists** over HTTP, one at a time.
`;
}

function machine({ rows }) {
  const processors = cpus();
  const shares = rows.flatMap(({ slices }) => slices.map(({ ofCore }) => ofCore));
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, flags ${nodeFlags.map((flag) => `\`${flag}\``).join(' ')}`,
    `- ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, ${arch()}`,
    `- The applications had ${(100 * median(shares)).toFixed(0)} % of a core under load; other processes took the rest.`,
  ].join('\n');
}

function pinning() {
  return canPin
    ? 'pinned to one core, the load to another'
    : 'not pinned to a core, for lack of a second one or of `taskset`';
}
