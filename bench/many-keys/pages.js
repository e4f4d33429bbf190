import { median } from '../numbers.js';

const depth = 1_000;
const limit = 100;
const rounds = 200;

/**
 * Milliseconds for the first and the thousandth page of one owner's keys over HTTP, one request at a time, in turns.
 * The thousandth is found by following the cursors.
 */
export async function measurePages(serviceUrl, key) {
  const read = async (cursor) => {
    const query = new URLSearchParams({ limit, ...(cursor === undefined ? {} : { cursor }) });
    const response = await fetch(`${serviceUrl}/api/v1/api-keys?${query}`, { headers: { 'x-api-key': key } });
    if (response.status !== 200) throw new Error(`The list answered ${response.status}`);
    return response.text();
  };
  const cursors = { first: undefined, thousandth: await walk(read) };
  const times = { first: [], thousandth: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const page of ['first', 'thousandth']) {
      const start = performance.now();
      await read(cursors[page]);
      times[page].push(performance.now() - start);
    }
  }
  return { first: median(times.first), thousandth: median(times.thousandth) };
}

/** The cursor of the thousandth page. Rejects unless each page is full and goes on where the one before ended. */
async function walk(read) {
  let cursor;
  let last = '~';
  for (let page = 1; page < depth; page += 1) {
    const { keys, nextCursor } = JSON.parse(await read(cursor));
    const isInOrder = keys.every(({ id }) => id < last && (last = id));
    if (keys.length !== limit || !isInOrder || nextCursor === null)
      throw new Error(`Page ${page} of the list is not what it must be`);
    cursor = nextCursor;
  }
  return cursor;
}
