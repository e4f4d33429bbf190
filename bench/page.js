import { arch, cpus, release, totalmem, type } from 'node:os';
import { howBetterAuth } from './better-auth/how.js';
import { howHosts } from './hosts/how.js';
import { howManyKeys } from './many-keys/how.js';
import { nodeFlags } from './start-process.js';
import { howToolKeys } from './tool-keys/how.js';
import { tables } from './tables.js';

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
