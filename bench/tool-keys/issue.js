import { load } from '../load.js';
import { median } from '../numbers.js';

const rounds = 3;
const seconds = 2;

/** Tool keys issued a second over HTTP, each for a task of its own: the median of the rounds. */
export async function measureIssuing({ url, token }) {
  let task = 0;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const setupRequest = (request) => {
    task += 1;
    return { ...request, method: 'POST', headers, body: JSON.stringify({ taskId: `task-${task}` }) };
  };
  const row = { url: `${url}/api/v1/tool-keys`, status: 201, requestsFor: () => [{ setupRequest }] };
  await load(row, seconds);
  const rates = [];
  for (let round = 0; round < rounds; round += 1) {
    const issued = await load(row, seconds);
    rates.push(issued.requests / issued.seconds);
  }
  return median(rates);
}
