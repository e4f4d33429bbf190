import { arch, cpus, release, totalmem, type } from 'node:os';
import { nodeFlags } from './start-process.js';
import { tables } from './tables.js';
import { readFileSync } from 'node:fs';

/** docs/benchmarks.md. */
export function page(results) {
  const { newJwt } = results;
  const times = (cost) => (cost / newJwt.inProcess.jsonwebtoken).toFixed(2);
  return `# Benchmarks

Written by \`npm run bench -- --write\`. Machines differ, and other load slows them down: compare the shares, not the absolute figures.

${machine()}

${tables(results)}

## How it was measured

One Node process, with the flags of \`npm start\`, runs the built service (\`createServer\`, SQLite in a file) with two more routes that
answer \`{ "ok": true }\`. A second process sends requests with autocannon over 50 connections, and fails unless every answer has the
expected status.

- **bare**: the same route in an application with the same HTTP set-up (request ids, security headers, limits) and no authentication:
  no global guard, no \`@Public()\`. **Plain Nest on Fastify** also lacks that set-up. All three run in the one process.
- **guarded** routes have \`@UseGuards(Authenticated)\`, under the service's global guard.
- Each row is measured in five rounds of 1 s, each between two rounds of bare. A **share** is the median, over the rounds, of the row's
  figure against the mean of its neighbors.
- **of bare, req/s** compares throughput; **of bare, CPU** compares the server's processor time per request (user and system, all threads),
  which suffers less from other processes. An aim is met when both reach it.
- **p50** and **p99** are seen by the client of a saturated server: mostly time in the queue.
- **database calls of 1,000** requests: only calls of \`Database.read\` and \`Database.write\` for these requests. The bench fails if a wrong
  checksum causes one, or if 1,000 unknown keys do not cause 1,000.
- **A usage count and a limit**: a service key with the highest limit, 1,000,000 requests an hour. The bench fails unless both counts are
  exact.
- **401**: as by default, failures are counted by address; only the bound for 429 is out of reach.
- **A JWT never seen before** is ES256, of the built-in issuer, new for each request. *In the process*: 2,000 tokens through
  \`DecisionService.identify\`, and through \`jsonwebtoken.verify\` with a \`KeyObject\`. *Over HTTP*: processor time above bare, with
  Gatehouse, and with a hand-written guard that only calls \`jsonwebtoken.verify\`. Under load everything costs more: relative to
  verification in a loop, Gatehouse over HTTP takes ${times(newJwt.overHttp.gatehouse)} times as much above bare, the hand-written guard ${times(newJwt.overHttp.jsonwebtoken)} times.
- **start to ready**: from the spawn of \`node dist/bundle/main.js\` to the first 200 of \`/health/ready\`, on an existing database; median of
  five.
- **memory after load**: resident set of \`node dist/bundle/main.js\` after 4 s of \`/api/v1/auth/me\` with one API key and 4 s with a new JWT
  per request.
${howToolKeys}${howManyKeys}
${howBetterAuth}${howHosts}`;
}

function machine() {
  const processors = cpus();
  return [
    `- ${new Date().toISOString().slice(0, 10)}`,
    `- Node ${process.version}, flags ${nodeFlags.map((flag) => `\`${flag}\``).join(' ') || 'none'}`,
    `- ${processors[0]?.model.trim() ?? 'unknown processor'}, ${processors.length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `- ${type()} ${release()}, ${arch()}`,
  ].join('\n');
}

/** How the figures of tool keys were measured, for docs/benchmarks.md. */
const howToolKeys = `- **tool key at depth 5**: a tool key issued by a tool key, and so on, five deep, and a personal key in turn, nine rounds of 1 s; the worse of
  its median shares of throughput and processor time.
- **issuing**: POST \`/api/v1/tool-keys\` with a user's JWT over 50 connections, one task per key; median of three rounds of 2 s.
- **ending a tree**: DELETE of the root of 10,000 keys, five deep, all just verified, until its answer. The bench fails unless every 97th
  key is then rejected at once. Median of three trees.
`;

/** How the figures with many keys were measured, for docs/benchmarks.md. */
const howManyKeys = `- **100,000 cached keys**, the service's maximum: \`process.memoryUsage()\` (heap in use and external) after a garbage collection, before and
  after \`ApiKeyVerifier.verify\` of 100,000 different keys in one process. The bench fails unless all are then answered without the
  database.
- **with many keys**: two databases, filled by SQL with the rows of an import: 1,000 and 1,000,000 service keys of 100 owners, every eighth
  of one owner. The migrations' indexes were built after the rows.
- **lookup of an uncached key**: \`ApiKeyVerifier.verify\`, with the service open on both databases in one process. 20 rounds of 250 keys, one
  after the other, small and large in turns, after as many warm-up rounds. No key of the million is used twice, and the cache of keys
  (not of owners) is cleared before each round. Medians of the rounds.
- **list**: \`GET /api/v1/api-keys?limit=100\` over HTTP by one owner with 125,000 keys, one request at a time, first and thousandth page
  (reached by \`nextCursor\`) in turns, 200 times each; medians.
- **import**: the command behind \`npm run keys -- import --format hashes\`, from start to end, with its report in a file, on an empty
  database. Keys/s leave out the time to import one key. Mean of two runs.
`;

const { dependencies } = JSON.parse(readFileSync('bench/package.json', 'utf8'));
const version = dependencies['@better-auth/api-key'];

/** What is compared with better-auth, for docs/benchmarks.md. */
const howBetterAuth = `- **better-auth** ${version} (\`@better-auth/api-key\`) runs in its own processes with the same Node flags and better-sqlite3: a plain
  \`node:http\` server that calls \`auth.api.verifyApiKey({ body: { key } })\` and answers \`{ "ok": true }\`. Gatehouse answers on Nest and
  Fastify, with security and limit headers and the counts of the row above. In turns, five rounds of 0.8 s each. The ratios compare
  throughput and processor time: medians over the rounds; the aim is met when both reach it. A busy disk slows down better-auth
  alone, which writes at each request, and makes the ratios too high.
  - By default better-auth queries its database at each request and writes the count of the window and the last use, even where the limit is
    off. Counts are stored before it answers, and hold for all processes on that database.
  - Gatehouse caches the key, checks state and limit in memory, and writes uses and counts in batches. A crash loses the current windows and
    the counts since the last batch, up to a minute. Each process has its own windows.
  - With secondary storage better-auth keeps keys and counts there: here in a \`Map\`, the fastest, which does not outlive the process.
  - Limits on both sides are 1,000,000 requests an hour, never reached.
`;

/** How the figures of hosts were measured, for docs/benchmarks.md. */
const howHosts = `- **in a host**: three applications in one process, each Nest with the default adapter and a route that answers \`{ "ok": true }\`: without
  authentication; with Gatehouse's modules and \`@UseGuards(Authenticated)\`, on SQLite; and hand-written, with
  \`@UseGuards(AuthGuard(['jwt', 'headerapikey']))\` of \`@nestjs/passport\`, passport-jwt and passport-headerapikey. In turns, five rounds
  of 1 s, each slice between two of the bare route; 50 connections.
  - The hand-written code hashes a key, looks it up by its hash and checks its state (revoked, expired), in an LRU cache of the process without
    invalidation, or with TypeORM in SQLite. A JWT (ES256, same claims and key object) is verified at each request, without a user lookup.
    Usage counts, limits, IP lists, events and the rejection of disabled owners, which Gatehouse has, are missing there.
  - **ours / this** compares throughput and processor time, each by its share of its neighbors: medians over the rounds; the aim is met
    when both reach it.
- **a host, from spawn to open port**: Nest on Fastify with its own data source on SQLite, and the same with \`DatabaseModule\`, \`AuthModule\`,
  \`ApiKeysModule\` and \`ToolKeysModule\` on an existing database. Most hosts load \`@nestjs/swagger\` and zod themselves; one that does not
  pays for them too. In turns, nine rounds, medians.
`;
