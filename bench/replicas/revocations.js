import { createKeys, rememberKeys } from './keys.js';
import { expectAnswer, send } from './client.js';

const revocations = 1_000;
const receipts = 200;
const requestsAfterReceipt = 5;

/** Revokes on the first replica, and asks the second without a pause until it rejects: milliseconds from the answer on. */
export async function measureRevocations({ urls, newToken }) {
  const [first, second] = urls;
  const headers = { authorization: `Bearer ${newToken()}` };
  const revoke = (id, query = '') =>
    expectAnswer(200, 'DELETE', `${first}/api/v1/api-keys/${id}${query}`, headers);
  const statusAt = async (url, key) =>
    (await send('GET', `${url}/api/v1/auth/me`, { 'x-api-key': key })).status;

  const keys = await createKeys(urls, newToken(), revocations);
  await rememberKeys(urls, keys);
  const lags = [];
  for (const { id, key } of keys) {
    await revoke(id);
    const revokedAt = performance.now();
    // A rejected request was rejected after it was sent, so the reported time is never too short.
    while ((await statusAt(second, key)) !== 401);
    lags.push(performance.now() - revokedAt);
  }

  const others = await createKeys(urls, newToken(), receipts);
  await rememberKeys(urls, others);
  let accepted = 0;
  let incomplete = 0;
  const waits = [];
  for (const { id, key } of others) {
    const start = performance.now();
    const { replicas } = await revoke(id, '?wait=true');
    waits.push(performance.now() - start);
    if (replicas.live !== 2 || replicas.confirmed !== 2) incomplete += 1;
    const requests = urls.flatMap((url) =>
      Array.from({ length: requestsAfterReceipt }, () => statusAt(url, key)),
    );
    accepted += (await Promise.all(requests)).filter((status) => status !== 401).length;
  }
  return { lags, waits, receipts, accepted, incomplete };
}
