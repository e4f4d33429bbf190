const requests = 1_000;

/**
 * How often the service calls the database for a thousand requests of each of its rows; those of other applications have
 * no entry. Rejects when a row is over what it allows, and when the counter misses calls that there must be.
 */
export async function countDatabaseCalls({ ask, ready }, rows, { newUnknownKey }) {
  const count = (url, status, nextHeaders) => {
    const headers = Array.from({ length: requests }, nextHeaders);
    return ask('databaseCalls', { path: new URL(url).pathname, status, headers });
  };
  const calls = {};
  for (const { name, title, url, status, requestsFor, mostDatabaseCalls } of rows) {
    if (!url.startsWith(ready.service)) continue;
    const [request] = requestsFor(1);
    calls[name] = await count(url, status, () => (request.setupRequest?.({}) ?? request).headers ?? {});
    if (calls[name] > mostDatabaseCalls) throw new Error(`${title}: ${calls[name]} calls of the database`);
  }
  const { url } = rows.find(({ name }) => name === 'unknownKey');
  const missed = requests - (await count(url, 401, () => ({ 'x-api-key': newUnknownKey() })));
  if (missed !== 0) throw new Error(`Of ${requests} lookups of unknown keys ${missed} were not counted`);
  return calls;
}
