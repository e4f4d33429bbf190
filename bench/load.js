import { spawnSync } from 'node:child_process';
import { loadWithAutocannon } from './load/autocannon.js';
import { loadWithWrk } from './load/wrk.js';

export const connections = 32;

/** What sends the requests: wrk, or autocannon where there is none. */
export const generator = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon';
const send = generator === 'wrk' ? loadWithWrk : loadWithAutocannon;

/**
 * Sends as many requests as are answered in so many seconds, on `core` if that is given: `requests`, their `seconds`, and
 * `p99` in milliseconds. Rejects unless every answer has the expected status.
 *
 * Of the request, `url` and `status` are required; `method`, `headers` and `body` are as for fetch. `values` gives a list
 * for so many seconds: `{}` in the headers and the body stands for the next of them, over and over unless each is sent `once`.
 */
export async function load(request, seconds, core) {
  const { url, status } = request;
  const values = request.values?.(seconds);
  await expectStatus(request, values?.pop());
  const told = await send({ ...request, values, connections }, seconds, core);
  const { requests, refused, errors } = told;
  const isAsExpected = requests > 0 && errors === 0 && refused === (status < 400 ? 0 : requests);
  if (!isAsExpected)
    throw new Error(`${url} was to answer ${status} to every request, but: ${JSON.stringify(told)}`);
  return told;
}

const ofCredentials = ['authorization', 'x-api-key', 'x-tool-key'];

/** Rejects unless this request needs its credential: without it it must be a 401. */
export async function expectGuard(request) {
  const headers = Object.entries(request.headers ?? {});
  const others = headers.filter(([name]) => !ofCredentials.includes(name));
  if (others.length < headers.length)
    await expectStatus({ ...request, headers: Object.fromEntries(others), status: 401 });
}

/** The load tells good answers from bad ones; this one request tells the status itself. */
async function expectStatus({ url, method, headers = {}, body, status }, value) {
  const fill = (text) => text?.replaceAll('{}', () => value);
  const entries = Object.entries(headers).map(([name, text]) => [name, fill(text)]);
  const options = { method, headers: Object.fromEntries(entries), body: fill(body) };
  const answer = await fetch(url, options);
  await answer.arrayBuffer();
  if (answer.status !== status) throw new Error(`${url} was to answer ${status}, not ${answer.status}`);
}
