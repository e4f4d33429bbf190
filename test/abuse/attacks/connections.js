import { setTimeout as sleep } from 'node:timers/promises';
import { rawRequest } from '../harness/raw-request.js';
import { newPerson, ownerOfLargeKeys } from '../harness/tenants.js';

const path = '/api/v1/api-keys';
const json = { 'content-type': 'application/json' };

/** Each connection begins with a text and goes on with a byte of it every tenth of a second. */
function slowly(count, textOf) {
  return (attacker, _site, state) =>
    attacker.each(count, async (socket) => {
      attacker.note('kept waiting');
      socket.write(textOf(state));
      while (!attacker.isOver && socket.writable) {
        await sleep(100);
        socket.write('x');
      }
    });
}

/** Connects, sends a text, waits for what `until` says and resets the connection, with 50 hands. */
function reset(textOf, until = async () => undefined) {
  return (attacker, _site, state) =>
    attacker.repeat(50, async () => {
      const socket = attacker.open();
      await socket.ready;
      socket.write(textOf(state));
      await until(socket);
      socket.resetAndDestroy();
      attacker.note('reset');
    });
}

/** Resolves at the first piece of an answer, or when the connection is closed, which it may be already. */
const isAnswered = (socket) =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    return socket.once('data', resolve).once('close', resolve).resume();
  });

export const connections = [
  {
    name: 'slow headers on 500 connections',
    connections: 500,
    run: slowly(500, () => 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Slow: '),
  },
  {
    name: 'slow bodies of 65 kB on 500 connections',
    connections: 500,
    prepare: newPerson,
    run: slowly(500, ({ headers }) =>
      rawRequest('POST', path, { ...json, ...headers, 'content-length': 65_000 }, `{"${'x'.repeat(60_000)}`),
    ),
  },
  {
    name: '`Expect: 100-continue` without a body on 500 connections',
    connections: 500,
    prepare: newPerson,
    run: (attacker, _site, { headers }) =>
      attacker.each(500, (socket) => {
        socket.write(
          rawRequest('POST', path, { ...json, ...headers, 'content-length': 60_000, expect: '100-continue' }),
        );
        attacker.note('kept waiting');
      }),
  },
  {
    name: 'half-open connections with 100 requests each',
    connections: 50,
    run: (attacker) =>
      attacker.each(50, (socket) => {
        socket.end(rawRequest('GET', '/api/v1/auth/me').repeat(100));
        attacker.note('half open');
      }),
  },
  {
    name: '2,000 idle connections, where 1,000 may be open',
    connections: 2_000,
    run: (attacker) => attacker.each(2_000, () => attacker.note('idle')),
  },
  { name: 'connect and reset', connections: 50, run: reset(() => 'GET / HTTP/1.1\r\nHost: ') },
  {
    name: 'reset while 100 large pages are being answered',
    connections: 50,
    prepare: ownerOfLargeKeys,
    run: reset(({ key }) => rawRequest('GET', `${path}?limit=100`, key).repeat(100), isAnswered),
  },
  {
    name: 'upgrades, CONNECT and other protocols',
    connections: 50,
    run: (attacker) => {
      const texts = [
        rawRequest('GET', '/', { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'x' }),
        rawRequest('CONNECT', 'localhost:443'),
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n',
        rawRequest('POST', path, { 'content-length': 1, 'transfer-encoding': 'chunked' }, 'zz'),
      ];
      let turn = 0;
      return attacker.repeat(50, async () =>
        attacker.note(await attacker.exchange(texts[turn++ % texts.length])),
      );
    },
  },
];
