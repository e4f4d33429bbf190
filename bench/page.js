import { readFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { connections, generator } from './load.js';
import { median } from './numbers.js';
import { canPin } from './pin.js';
import { serviceFlags } from './start-process.js';
import { tables } from './tables/tables.js';

/** With less of its core, a row says more about other processes than about itself. */
const leastOfCore = 0.9;
const { dependencies } = JSON.parse(readFileSync('bench/package.json', 'utf8'));

/** docs/benchmarks.md. */
export function page(results) {
  return `# Benchmarks

Written by \`npm run bench -- --write\`. Machines differ: compare the shares, not the absolute figures.

${machine(results)}

${tables(results)}

## What missed aims are spent on

By profiles of the service and of a host under this load:

- **The service, API key**: 35 % of its time is the kernel's write of the answer, 5 % garbage collection, and nothing else more than 4 %. The **verify
  endpoint** reads and checks a body too: write 34 %, JSON of the answer 6 %, garbage collection 4 %, nothing else more than 3 %.
- **Unguarded route**: A second kind of route slows V8's inline caches, with any guard. It costs the same beside a hand-written one.
- **New JWTs**: most of both is OpenSSL's verification. Of what ours cost more, a third is keeping the verified token, which later requests are spared,
  and its garbage collection; the rest are checks of header and claims, two digests of the token, and the steps of the decision.

## How it was measured

- Each application is a process, ${pinning()}. Routes answer \`{ "ok": true }\` on Nest's default adapter. The
  service is what \`npm start\` runs, with its flags, on SQLite; unless its row says otherwise, \`/api/v1/auth/me\` is asked, which answers 390 bytes.
- The **unguarded route** is in a process that serves nothing else. A second kind of route slows V8's inline caches, with any guard.
- ${connections} connections of ${generator}; an unexpected status fails the bench. Five rounds load each row for 1.5 s, in rotating order. Figures are medians,
  ratios medians of those within a round: by req/s, then by processor time (all threads). An aim is met when both reach it.
- **p99** is mostly time in the queue of a saturated server.
- Credentials repeat, except **new JWTs** (ES256). 0.87 times as much is a cost of 1.15.
- **Hand-written and Passport** guards look up the key's SHA-256 in an LRU cache with a TTL, without counts, limits, events and invalidation.
- **better-auth** ${dependencies['@better-auth/api-key']} stores each count before it answers. Gatehouse writes batches: a crash loses up to a minute.
- The bench fails if a wrong checksum causes a **database call**, or limit and usage of the limited key disagree.
- **Start**: to the first 200 of \`/health/ready\`; of a host with TypeORM, \`@nestjs/swagger\` and zod, to its open port; **importing** in one that
  has loaded those. Medians of five. **Memory**: resident, after the load above; of keys: heap and external.
- **Ending**: five deep, all cached; median of three. **Lookups** are in the process, **lists** over HTTP.
`;
}

function machine({ rows }) {
  const processors = cpus();
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}; the service with ${serviceFlags.map((flag) => `\`${flag}\``).join(' ')}`,
    `- ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, ${arch()}`,
    `- ${disturbance(rows)}`,
  ].join('\n');
}

function pinning() {
  return canPin
    ? 'pinned to one core, the load to another'
    : 'not pinned to a core, for lack of a second one or of `taskset`';
}

/** Saturated, an application has all of its core unless other processes take of it. better-auth waits for the disk. */
function disturbance(rows) {
  const saturated = rows.filter(({ table }) => table !== 'better-auth');
  const share = median(saturated.flatMap(({ slices }) => slices.map(({ ofCore }) => ofCore)));
  const told = `Under load, the applications had ${(100 * share).toFixed(0)} % of a core`;
  return share < leastOfCore ? `**${told}: other processes disturbed, measure again**` : told;
}
