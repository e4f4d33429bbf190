import { randomUUID } from 'node:crypto';

const list = (count, of) => Array.from({ length: count }, (_, index) => of(index));
const manyHeaders = Object.fromEntries(list(1_200, (index) => [`x${index}`, 'y']));
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', 'REPORT'];
const flood = (requestOf) => (attacker) => attacker.flood(50, requestOf);
const inTurn = (requests) => flood((index) => requests[index % requests.length]);

export const requests = [
  {
    name: 'headers: 1,200 of them, 15 kB, too large',
    connections: 50,
    run: inTurn(
      [manyHeaders, { cookie: 'x'.repeat(15_000) }, { cookie: 'x'.repeat(20_000) }].map((headers) => ({
        headers,
      })),
    ),
  },
  {
    name: 'URLs: 2,400 parameters, 12 kB of escapes',
    connections: 50,
    run: inTurn([
      { path: `/api/v1/auth/check?${list(2_400, (index) => `a${index}`).join('&')}` },
      { path: `/${'%41/'.repeat(3_000)}` },
    ]),
  },
  {
    name: 'paths, methods, hosts and request ids that were never seen',
    connections: 50,
    run: flood((index) => ({
      method: methods[index % methods.length],
      path: `/api/v1/${randomUUID()}/${randomUUID()}`,
      headers: { host: `${randomUUID()}.example`, 'x-request-id': randomUUID(), 'user-agent': randomUUID() },
    })),
  },
];
