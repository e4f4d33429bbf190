import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NoAnswer, send } from '../http/bounded-request.js';
import { Visit } from './visit.js';

const inside = { asked: 0 };
const server = createServer((_request, response) => {
  inside.asked += 1;
  response.end('{}');
});
let local: URL;

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  local = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => void server.close());

const given = 'https://api.example.com/mcp';

/** A visit of a server at this address; other requests are really sent. */
function visitOf(address: string, options: { allowsPrivate?: boolean; examinationMs?: number } = {}): Visit {
  const sending: typeof send = (url, request) =>
    url.href === given
      ? Promise.resolve({ status: 401, headers: {}, body: '', isTooLong: false, address })
      : send(url, request);
  return new Visit(new URL(given), given, { allowsPrivate: false, ...options, sending });
}

async function askBoth(visit: Visit): Promise<number | string> {
  await visit.ask(new URL(given));
  return visit.ask(local).then(
    ({ status }) => status,
    (error: unknown) => (error instanceof NoAnswer ? error.message : String(error)),
  );
}

it.each([
  ['203.0.113.9', {}, 'not connected'],
  ['8.8.8.8', {}, 'not connected: 127.0.0.1 is an address in a private network'],
  ['2606:4700::1111', {}, 'not connected'],
  ['10.0.0.1', {}, 'not connected'],
  ['127.0.0.1', {}, 200],
  ['8.8.8.8', { allowsPrivate: true }, 200],
] as const)('is led by a server at %s (%j) to this machine: %s', async (address, options, outcome) => {
  const before = inside.asked;
  const came = await askBoth(visitOf(address, options));
  expect(typeof outcome === 'string' ? String(came).startsWith(outcome) : came === outcome).toBe(true);
  expect(inside.asked - before).toBe(outcome === 200 ? 1 : 0);
});

it('asks nothing more when it has taken too long', async () => {
  expect(
    await askBoth(visitOf('127.0.0.1', { examinationMs: 0 })).catch(({ message }: Error) => message),
  ).toBe('not asked: the examination has taken 0 s');
});
