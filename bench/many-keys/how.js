/** How the figures with many keys were measured, for docs/benchmarks.md. */
export const howManyKeys = `- **100,000 keys remembered**, the most that the service keeps: \`process.memoryUsage()\` (heap in use and external) after a
  garbage collection, before and after \`ApiKeyVerifier.verify\` of 100,000 different keys in one process. The bench fails
  unless all of them are then answered without the database.
- **with many keys**: two databases, filled by SQL with the rows that an import would have made: 1,000 and 1,000,000 service
  keys of 100 owners, every eighth of them of one owner. Indexes are those of the migrations, built after the rows.
- **lookup of a key that is not remembered**: \`ApiKeyVerifier.verify\`, with the service open on both databases in one process.
  20 rounds of 250 keys, one key after the other, small and large in turns, after as many rounds to warm up; of the million no
  key is asked for twice, and before each round the service forgets all keys (but not the owners). The medians of the rounds.
- **list**: \`GET /api/v1/api-keys?limit=100\` over HTTP by one owner with 125,000 keys, one request at a time, first and
  thousandth page in turns, 200 times each. The thousandth was reached by following \`nextCursor\`; the medians.
- **import**: the command behind \`npm run keys -- import --format hashes\`, from its start to its end, its report in a file, on
  an empty database. Keys a second do not count the time that it takes to import one key. The mean of two runs.
`;
