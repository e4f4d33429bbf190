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

- Each application runs in a process of its own with the flags of \`npm start\`, ${pinning()}. Plain Nest and the hosts are Nest with its
  default adapter and a route that answers \`{ "ok": true }\`. The service is what \`npm start\` runs, on SQLite in a file; rows without a
  route ask \`/api/v1/auth/me\`.
- ${connections} connections of ${generator} send requests. The bench fails unless every answer has the expected status.
- Five rounds: each loads every row once for 1.5 s, in an order that rotates. Figures are medians over the rounds; a share or ratio is the
  median of those within a round. Both are more work in the same time (req/s) or with the same processor time (CPU: user and system, all
  threads, for each request). An aim is met when both reach it.
- **p99** is seen by the client of a saturated server: mostly time in the queue.
- Credentials are repeated unless the row says otherwise. *Never seen before*: a new ES256 JWT for each request; \`jsonwebtoken.verify\` has a
  \`KeyObject\`. 0.87 times as much is a cost of 1.15.
- **Hand-written guard and Passport**: the SHA-256 of the key is looked up in an LRU cache with a TTL, and the state of its row checked; JWTs are
  verified with jsonwebtoken each time. Counts, limits, IP lists, events, invalidation and disabled owners, which Gatehouse has, are missing.
- **better-auth** ${dependencies['@better-auth/api-key']}: \`node:http\` and \`auth.api.verifyApiKey\`. It stores each count before it answers; Gatehouse writes counts in batches, and a crash
  loses those of up to a minute. A busy disk slows down better-auth alone. Limits on both sides are never reached.
- **Database calls**: of \`Database.read\` and \`Database.write\`. The bench fails if a wrong checksum causes one, if 1,000 unknown keys do not cause
  1,000, and unless limit and usage of the limited key have counted the same.
- **401**: failures are counted by address, as by default; only the bound for 429 is out of reach.
- **Start to ready**: to the first 200 of \`/health/ready\`, on an existing database; median of five. **A host** has its own data source,
  \`@nestjs/swagger\` and zod; to its open port, in turns, median of seven. **Memory**: resident, after all rows above.
- **Issuing**: POST \`/api/v1/tool-keys\`, one task a key. **Ending a tree**: DELETE of the root of 10,000 cached keys, five deep. The bench fails unless
  every 97th is then rejected at once. Medians of three.
- **100,000 cached keys**: heap and external memory after garbage collection.
- **With many keys**: lookups with an empty cache of keys; pages of an owner with 125,000 keys, one request at a time; an import by
  \`npm run keys -- import\` into an empty database, the keys/s without the time to start.
`;
}

function machine({ rows }) {
  const processors = cpus();
  const shares = [...rows.withoutUs, ...rows.hosts, ...rows.service].flatMap(({ slices }) =>
    slices.map(({ ofCore }) => ofCore),
  );
  return [
    `- ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, flags ${nodeFlags.map((flag) => `\`${flag}\``).join(' ')}`,
    `- ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()} ${release()}, ${arch()}`,
    `- load: ${generator}; under it, the applications used ${(100 * median(shares)).toFixed(0)} % of a core. The less, the more other processes disturbed.`,
  ].join('\n');
}

function pinning() {
  return canPin
    ? 'pinned to one core; the load is pinned to another'
    : 'not pinned, as this machine lacks a second core or `taskset`';
}
