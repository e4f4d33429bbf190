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

Written by \`npm run bench -- --write\`; do not edit. Machines differ, and a machine that does other things as well is slow
in between: compare the shares, not the absolute figures, and run it again when in doubt.

${machine()}

${tables(results)}

## How it was measured

One Node process serves, started with the flags of \`npm start\`: the built service (\`createServer\`, SQLite in a file)
with two more routes that answer \`{ "ok": true }\`. A second process sends requests with autocannon over 50 connections,
and fails unless every answer has the expected status.

- **bare** is the same route in an application with the same HTTP set-up (request ids, security headers, limits) and
  nothing that authenticates: no global guard, no \`@Public()\`. **Plain Nest on Fastify** is the same route again without
  that set-up. All three applications run in the one process.
- **guarded** routes say \`@UseGuards(Authenticated)\`, under the service's global guard.
- Each row is measured in five rounds of 1 s, between two rounds of bare. A **share** is the median, over the five, of
  the row's figure against the mean of its two neighbours.
- **of bare, req/s** compares throughput. **of bare, CPU** compares the processor time (user and system, all threads) that
  the server spends on a request, which suffers less from other processes. An aim is met when both reach it.
- **p50** and **p99** are seen from the client while the server has as much to do as it can: mostly time in the queue.
- **database calls of 1,000** requests are calls of \`Database.read\` and \`Database.write\` made for these requests, and not by
  anything else in the process. The bench fails if a wrong checksum causes one, and, to be sure of the counter, unless 1,000
  unknown keys cause 1,000.
- **A usage count and a limit**: a service key with the widest limit there is, 1,000,000 requests an hour. Afterwards both are
  asked how many requests they counted; the bench fails unless they agree to the last one.
- **401**: as by default, refusals are counted by address; only the bound over which they become 429 is out of reach.
- **A JWT never seen before** is ES256, of the built-in issuer, a different one for each request. *In the process*: 2,000
  tokens through \`DecisionService.identify\`, and the same through \`jsonwebtoken.verify\` with a \`KeyObject\`. *Over HTTP*: the
  processor time above bare, with Gatehouse, and with a hand-written guard that does nothing but \`jsonwebtoken.verify\`. Under
  load everything costs more than in a loop: measured against verification in a loop, Gatehouse over HTTP takes
  ${times(newJwt.overHttp.gatehouse)} times as much above bare, and the hand-written guard ${times(newJwt.overHttp.jsonwebtoken)} times.
- **start to ready**: from the spawn of \`node dist/bundle/main.js\` to the first 200 of \`/health/ready\`, on an existing database;
  the median of five.
- **memory after load**: resident set of \`node dist/bundle/main.js\` after 4 s of \`/api/v1/auth/me\` with one API key and 4 s with a
  new JWT for each request.
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
