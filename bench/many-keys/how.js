/** How the figures with many keys were measured, for docs/benchmarks.md. */
export const howManyKeys = `- **100,000 cached keys**, the service's maximum: \`process.memoryUsage()\` (heap in use and external) after a garbage collection, before and
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
