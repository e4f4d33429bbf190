import { expectAnswer, forEachAtOnce } from './client.js';

/** So many service keys of one owner. */
export async function createKeys([url], token, count, settings = {}) {
  const keys = [];
  const headers = { authorization: `Bearer ${token}` };
  await forEachAtOnce(Array.from({ length: count }).keys(), 16, async (index) => {
    const fields = { name: `bench ${index}`, ...settings };
    keys.push(await expectAnswer(201, 'POST', `${url}/api/v1/api-keys`, headers, fields));
  });
  return keys;
}

/** Uses each key once on each replica, so that it is cached there. */
export async function rememberKeys(urls, keys) {
  await forEachAtOnce(keys, 16, async ({ key }) => {
    for (const url of urls) await expectAnswer(200, 'GET', `${url}/api/v1/auth/me`, { 'x-api-key': key });
  });
}
