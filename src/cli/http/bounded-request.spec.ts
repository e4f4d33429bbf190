import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';

import { afterEach, expect, it } from '@jest/globals';
import { isLoopback, reachOf } from './addresses.js';
import { NoAnswer, send } from './bounded-request.js';

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    (server as Partial<Server>).closeAllConnections?.();
  }
});

async function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<URL> {
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`);
}
const serve = (listener: RequestListener) => listen(createServer(listener));
const failureOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'an answer',
    (error: unknown) => (error instanceof NoAnswer ? error.message : error),
  );

it('gives status, headers and body, and the address', async () => {
  const url = await serve((request, response) => {
    response
      .writeHead(201, { 'x-a': ['1', '2'] })
      .end(`${request.method} ${request.url} ${request.headers['x-b']}`);
  });
  const answer = await send(url, { method: 'PUT', headers: { 'x-b': 'c' }, body: 'd' });
  expect(answer).toMatchObject({ status: 201, body: 'PUT /a c', isTooLong: false, address: '127.0.0.1' });
  expect(answer.headers['x-a']).toBe('1, 2');
});

it('follows no redirect', async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked += 1;
    response.writeHead(302, { location: '/b' }).end();
  });
  expect([(await send(url)).status, asked]).toEqual([302, 1]);
});

it('reads no more than 256 KiB', async () => {
  let sent = 0;
  const url = await serve((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  });
  expect(await send(url)).toMatchObject({ body: '', isTooLong: true });
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

it('waits no longer than its time, for headers and for the body', async () => {
  const mute = await serve(() => undefined);
  expect(await failureOf(send(mute, { timeoutMs: 100 }))).toBe('no answer within 0.1 s');
  const slow = await serve((_request, response) => {
    const drip = setInterval(() => response.write('x'), 10);
    response.on('close', () => clearInterval(drip));
  });
  expect(await failureOf(send(slow, { timeoutMs: 200 }))).toBe('no answer within 0.2 s');
  expect(await send(slow, { timeoutMs: 5_000, readsBody: false })).toMatchObject({ status: 200, body: '' });
});

it('says in words why there is no answer', async () => {
  const gone = await serve(() => undefined);
  servers.pop()?.close();
  expect(await failureOf(send(gone))).toBe('the connection was refused: nothing listens there');
  const other = await listen(createSocketServer((socket) => socket.end('SSH-2.0-x\r\n')));
  expect(await failureOf(send(other))).toMatch(/^its answer is not HTTP \(HPE_/);
  const closing = await listen(createSocketServer((socket) => socket.destroy()));
  expect(await failureOf(send(closing))).toBe('the connection was closed before an answer');
  const long = await serve((_request, response) => {
    response.writeHead(200, { 'x-long': 'a'.repeat(100_000) }).end();
  });
  expect(await failureOf(send(long))).toBe('its headers are too long');
  expect(await failureOf(send(new URL('https://127.0.0.1:1')))).toContain('refused');
  expect(await failureOf(send(new URL('ftp://127.0.0.1/')))).toContain('neither an http nor an https');
  expect(await failureOf(send(new URL('http://a:b@127.0.0.1/')))).toBe('its URL has a user name or password');
});

it('does not connect to an address that is nearer than allowed, by name or by number', async () => {
  let asked = 0;
  const { port } = await serve((_request, response) => {
    asked += 1;
    response.end();
  });
  for (const host of [
    '127.0.0.1',
    'localhost',
    '0.0.0.0',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
  ])
    for (const notNearerThan of ['private', 'public'] as const)
      expect(await failureOf(send(new URL(`http://${host}:${port}/`), { notNearerThan }))).toMatch(
        /^not connected: \S+ is an address in a private network$/,
      );
  expect(asked).toBe(0);
  expect((await send(new URL(`http://localhost:${port}/`), { notNearerThan: 'loopback' })).status).toBe(200);
});

it.each([
  ['127.0.0.1', 'loopback'],
  ['127.9.9.9', 'loopback'],
  ['::1', 'loopback'],
  ['0.0.0.0', 'loopback'],
  ['::', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['10.0.0.1', 'private'],
  ['172.16.0.1', 'private'],
  ['192.168.1.1', 'private'],
  ['169.254.169.254', 'private'],
  ['100.64.0.1', 'private'],
  ['198.18.0.1', 'private'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['fe80::1%eth0', 'private'],
  ['fd00::1', 'private'],
  ['64:ff9b::a00:1', 'private'],
  ['2002:a00:1::', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['8.8.8.8', 'public'],
  ['2606:4700::1111', 'public'],
] as const)('takes %s for %s', (address, reach) => {
  expect(reachOf(address)).toBe(reach);
});

it.each([
  ['http://localhost:3000', true],
  ['http://a.localhost', true],
  ['http://127.0.0.2', true],
  ['http://[::1]:1', true],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['http://10.0.0.1', false],
  ['http://example.com', false],
])('%s is on this machine: %s', (url, isHere) => {
  expect(isLoopback(new URL(url))).toBe(isHere);
});
