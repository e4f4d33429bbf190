import { arch, cpus, release, type } from 'node:os';
import { serviceFlags } from '../start-process.js';
import { tableOfReplicas } from './table.js';

/** docs/benchmarks-replicas.md. */
export function pageOfReplicas(results) {
  const [processor, ...others] = cpus();
  return `# Benchmarks of replicas

Written by \`npm run bench:replicas -- --write\`; do not edit.

- ${new Date().toISOString().slice(0, 10)}
- Node ${process.version}; the service with ${serviceFlags.map((flag) => `\`${flag}\``).join(' ')}
- ${processor?.model.trim() ?? 'unknown processor'}, ${others.length + 1} cores, shared by the replicas, PostgreSQL, Redis and the load
- ${type()} ${release()}, ${arch()}

${tableOfReplicas(results)}

## How it was measured

Two processes of the built service (\`dist/main.js\`) on one PostgreSQL database, each with its own change feed.

- **Revocation lag**: a key that both replicas remember is revoked on the first; from the moment its answer arrives, the
  second is asked with that key, one request after the other, until an answer is 401. The lag ends with that answer, so it
  holds the time of at least one request, and is never too small.
- **Accepted after a receipt**: after each DELETE with \`?wait=true\`, five requests at once to each replica.
- **All keys of a user**: 1,000 access keys that both replicas remember end by one request to the first, ten times. 50 of them
  are then asked at the second at once, each until it is rejected; at the end all are rejected by both.
- **Limits**: 12,000 requests, 64 at a time, to both replicas in turn, with one key that has a limit of 10,000 an hour.
- **A limit in Redis**: requests a second of one replica with \`REDIS_URL\` against one without, with 64 keys, in turn; the
  median of five.
- **Throughput**: both replicas at once against the first alone, in turn; the median of five. Where the load and the database
  share the processors with the replicas, two cannot be twice as fast as one.
- **Soak**: 1,800,000 requests are 500 a second for an hour. Meanwhile keys are created, used on both replicas, revoked with a
  receipt and rejected; the bench fails at the first that is accepted. Memory is the resident set of the larger replica.
`;
}
