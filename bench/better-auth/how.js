import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync('bench/package.json', 'utf8'));
const version = dependencies['@better-auth/api-key'];

/** What is compared with better-auth, for docs/benchmarks.md. */
export const howBetterAuth = `- **better-auth** ${version} (\`@better-auth/api-key\`) runs in its own processes with the same Node flags and better-sqlite3: a plain
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
