import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync('bench/package.json', 'utf8'));
const version = dependencies['@better-auth/api-key'];

/** What is compared with better-auth, for docs/benchmarks.md. */
export const howBetterAuth = `- **better-auth** ${version} (\`@better-auth/api-key\`), in processes of its own with the same Node flags and the same better-sqlite3: a
  plain \`node:http\` server that calls \`auth.api.verifyApiKey({ body: { key } })\` and answers \`{ "ok": true }\`, while Gatehouse
  answers on Nest and Fastify, with its security headers, those about the limit, and the counts of the row above. In turns, five
  rounds of 0.8 s each. The ratios are how many times as much Gatehouse does in the same time, and with the same processor
  time: medians over the rounds; the aim is met when both reach it. A busy disk slows down better-auth alone,
  which writes to it at each request: on a machine that does other things as well the ratios are too high.
  - better-auth, by default, asks its database at each request and writes to it: the count of the window and when the
    key was last used, even where the limit is off. What it has counted is stored before it answers, and holds for all
    processes on that database.
  - Gatehouse remembers the key, looks at its state and limit in memory, and writes uses and counts in batches. A crash
    forgets the windows that are running and what was counted since the last batch, up to a minute; each process has windows of
    its own.
  - With secondary storage better-auth keeps keys and counts where it is told to: here in a \`Map\`, which is the fastest, and
    nothing of them outlives the process.
  - Limits on both sides are 1,000,000 requests an hour, and are never reached.
`;
