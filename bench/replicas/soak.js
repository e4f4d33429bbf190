import { load } from '../load.js';
import { say } from '../say.js';
import { expectAnswer, send } from './client.js';
import { createKeys, rememberKeys } from './keys.js';

const mebibyte = 1024 * 1024;
/** What a team's hour is here: so many requests a second for 3,600 s, of which this is the sum. */
export const requestsOfAnHour = 1_800_000;

/**
 * Sends an hour's requests as fast as they are answered, for `seconds` at least, with keys that come and go meanwhile.
 * Reports the memory of the first replica in mebibytes, in ten periods.
 */
export async function measureSoak({ services, urls, newToken }, seconds) {
  const headers = { authorization: `Bearer ${newToken()}` };
  const [{ key }] = await createKeys(urls, newToken(), 1);
  await rememberKeys(urls, [{ key }]);
  const over = new AbortController();
  let turnover = 0;
  const comeAndGo = async () => {
    while (!over.signal.aborted) {
      const { id, key: short } = await expectAnswer(201, 'POST', `${urls[0]}/api/v1/api-keys`, headers, {
        name: 'soak',
      });
      for (const url of urls) await expectAnswer(200, 'GET', `${url}/api/v1/auth/me`, { 'x-api-key': short });
      await expectAnswer(200, 'DELETE', `${urls[1]}/api/v1/api-keys/${id}?wait=true`, headers);
      for (const url of urls)
        if ((await send('GET', `${url}/api/v1/auth/me`, { 'x-api-key': short })).status !== 401)
          throw new Error('A revoked key was accepted');
      turnover += 1;
    }
  };
  const background = comeAndGo();
  background.catch(() => undefined);
  const memory = [];
  let requests = 0;
  const stretch = seconds / 10;
  for (let index = 0; index < 10; index += 1) {
    const row = { status: 200, headers: { 'x-api-key': key } };
    const loads = urls.map((url) => load({ ...row, url: `${url}/api/v1/auth/me` }, stretch));
    for (const { requests: answered } of await Promise.all(loads)) requests += answered;
    const sizes = await Promise.all(services.map((service) => service.ask('residentBytes')));
    memory.push(Math.max(...sizes) / mebibyte);
    say(`  ${Math.round((index + 1) * stretch)} s: ${requests} requests, ${memory.at(-1).toFixed(0)} MiB`);
  }
  over.abort();
  await background;
  return { memory, requests, turnover, seconds };
}
