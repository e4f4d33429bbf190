import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { RequestHandler } from './connection.js';
import { type ConnectionLimits, Connections } from './connections.js';

const kilobyte = 1024;
const megabyte = 1024 * kilobyte;
let server: Server;
let connections: Connections;
const sockets: Socket[] = [];

beforeAll(() => Logger.overrideLogger(false));
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function serve(handler: RequestHandler, limits: Partial<ConnectionLimits> = {}): Promise<void> {
  connections = new Connections({ maxConnections: 1_000, ...limits });
  server = connections.createServer({ requireHostHeader: false }, handler);
  server.on('clientError', (_error, socket) =>
    connections.answerLast(
      socket as Socket,
      () => void (socket as Socket).end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

/** A client that reads nothing until it is resumed. */
async function open(localAddress?: string): Promise<Socket & { text: string }> {
  const { port } = server.address() as AddressInfo;
  const socket = Object.assign(connect({ port, host: '127.0.0.1', localAddress }), { text: '' });
  sockets.push(socket);
  socket.on('error', () => {}).on('data', (piece) => (socket.text += String(piece)));
  socket.pause();
  await once(socket, 'connect');
  return socket;
}

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\n${headers}\r\n`;
const many = (count: number) => Array.from({ length: count }, (_, index) => get(`/${index}`)).join('');
const answersIn = (text: string) => text.match(/HTTP\/1\.1 \d+/g)?.length ?? 0;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}

/** Whether the server closed the connection. Its end is noticed only by a client that reads. */
const isClosed = (socket: Socket) => once(socket.resume(), 'close').then(() => true);

/** Resolves with the status that a client without any faults gets now. */
async function statusForGoodClient(localAddress?: string): Promise<string> {
  const good = await open(localAddress);
  good.resume().write(get('/good', 'Connection: close\r\n'));
  await once(good, 'close');
  return good.text.split('\r\n')[0] ?? '';
}

const pathOf = ({ url = '' }: IncomingMessage) => url;
const echo = (request: IncomingMessage, response: ServerResponse) => response.end(pathOf(request));

describe('requests on one connection', () => {
  it('run one at a time, in order, and all are answered, however many come at once', async () => {
    let running = 0;
    let most = 0;
    await serve(async (request, response) => {
      most = Math.max(most, ++running);
      await nextTurn();
      running -= 1;
      echo(request, response);
    });
    const socket = await open();
    socket.resume().write(many(8_000));
    await until(() => socket.text.endsWith('/7999'));
    expect(socket.text.match(/(?<=\r\n\r\n)\/\d+/g)).toEqual(
      Array.from({ length: 8_000 }, (_, index) => `/${index}`),
    );
    expect([most, connections.waitingRequests]).toEqual([1, 0]);
  });

  it('are read no further than a chunk while they wait', async () => {
    await serve(() => {}, { maxWaiting: Infinity });
    const socket = await open();
    socket.write(many(40_000));
    await until(() => connections.waitingRequests > 0);
    // Turns of the event loop in which more could be read.
    for (let turn = 0; turn < 30; turn += 1) await sleep(5);
    expect(connections.waitingRequests).toBeGreaterThan(16);
    expect(connections.waitingRequests).toBeLessThan((64 * kilobyte) / get('/').length + 20);
  });

  it('do not run while an answer is unread, and run when it is read after all', async () => {
    let ran = 0;
    const body = Buffer.alloc(megabyte);
    await serve((_request, response) => {
      ran += 1;
      response.end(body);
    });
    const socket = await open();
    socket.write(many(1_500));
    await until(() => ran > 0);
    await sleep(100);
    const before = ran;
    // What the kernel takes of a connection is some megabytes.
    expect(before).toBeLessThan(50);
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
    socket.resume();
    await until(() => ran > before + 100);
  });

  it('leave others their turn, even if their responses are ready', async () => {
    await serve((request, response) => {
      const end = performance.now() + 1;
      while (performance.now() < end);
      echo(request, response);
    });
    const greedy = await open();
    greedy.resume().write(many(3_000));
    await until(() => connections.waitingRequests > 0);
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
    expect(connections.waitingRequests).toBeGreaterThan(0);
  });

  it('do not run after the client has disconnected', async () => {
    const answers: (() => void)[] = [];
    const ran: string[] = [];
    await serve((request, response) => {
      ran.push(pathOf(request));
      answers.push(() => echo(request, response));
    });
    const socket = await open();
    socket.write(many(10));
    await until(() => connections.waitingRequests === 9);
    socket.destroy();
    await until(() => connections.count === 0);
    answers[0]?.();
    await sleep(20);
    expect([ran, connections.waitingRequests]).toEqual([['/0'], 0]);
  });

  it('do not run after one that asked for the connection to be closed', async () => {
    const ran: string[] = [];
    await serve((request, response) => {
      ran.push(pathOf(request));
      echo(request, response);
    });
    const socket = await open();
    socket.resume().write(get('/0') + get('/1', 'Connection: close\r\n') + many(5));
    await once(socket, 'close');
    expect([ran, answersIn(socket.text)]).toEqual([['/0', '/1'], 2]);
  });

  it('may have bodies, even several chunks long', async () => {
    const lengths: number[] = [];
    await serve((request, response) => {
      let length = 0;
      request.on('data', (piece: Buffer) => (length += piece.length));
      request.on('end', () => {
        lengths.push(length);
        response.end();
      });
    });
    const socket = await open();
    const body = 'a'.repeat(60 * kilobyte);
    const post = `POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    socket.resume().write(many(100) + post.repeat(20) + many(100) + post);
    await until(() => answersIn(socket.text) === 221);
    expect(lengths.filter((length) => length > 0)).toEqual(Array.from({ length: 21 }, () => body.length));
  });

  it('are answered before what is no request behind them is', async () => {
    await serve(async (request, response) => {
      await sleep(10);
      echo(request, response);
    });
    const socket = await open();
    socket.resume().write(`${many(2)}garbage\r\n\r\n`);
    await once(socket, 'close');
    expect(socket.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('may expect 100 Continue', async () => {
    await serve((request, response) => request.resume().on('end', () => response.end('done')));
    const socket = await open();
    const post = 'POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';
    socket.resume().write(get('/') + post);
    await until(() => socket.text.includes('100 Continue'));
    socket.write('body');
    await until(() => answersIn(socket.text) === 3 && socket.text.endsWith('done'));
  });
});

describe('over a bound, the connection with the largest share is closed:', () => {
  it('the longest queue', async () => {
    await serve((request, response) => void (pathOf(request) === '/good' && response.end()), {
      maxWaiting: 100,
    });
    const short = await open();
    short.write(many(30));
    await until(() => connections.waitingRequests === 29);
    const long = await open();
    long.write(many(95));
    expect(await isClosed(long)).toBe(true);
    expect([connections.waitingRequests, connections.closed.of('waiting'), short.destroyed]).toEqual([
      29,
      1,
      false,
    ]);
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
  });

  it('an idle one of the client with most connections', async () => {
    await serve(echo, { maxConnections: 20 });
    const idleButGood = await open('127.0.0.1');
    await sleep(5);
    const greedy = await Promise.all(Array.from({ length: 60 }, () => open('127.0.0.2')));
    let closed = 0;
    for (const socket of greedy) socket.resume().on('close', () => (closed += 1));
    await until(() => closed === 41);
    expect(connections.count).toBe(20);
    expect(await statusForGoodClient('127.0.0.1')).toBe('HTTP/1.1 200 OK');
    idleButGood.resume().write(get('/still'));
    await until(() => idleButGood.text.endsWith('/still'));
  });

  it('the one whose request runs longest, if none is idle', async () => {
    let ran = 0;
    await serve(() => void (ran += 1), { maxConnections: 10 });
    const first = await open();
    for (let index = 1; index <= 10; index += 1) {
      (index === 1 ? first : await open()).write(get('/'));
      await until(() => ran === index);
    }
    await open();
    expect(await isClosed(first)).toBe(true);
    expect([connections.count, connections.closed.of('connections')]).toEqual([10, 1]);
  });

  it('the one that leaves most unread, or unsent, for longest', async () => {
    const large = Buffer.alloc(32 * megabyte);
    const small = Buffer.alloc(12 * megabyte);
    await serve(
      (request, response) => {
        if (pathOf(request) === '/good') return response.end();
        if (request.method === 'GET') return response.end(pathOf(request) === '/large' ? large : small);
      },
      { maxHeldBytes: 14 * megabyte },
    );
    const first = await open();
    first.write(get('/large'));
    const second = await open();
    second.write(get('/small'));
    await until(() => connections.closed.of('memory') > 0);
    expect(await isClosed(first)).toBe(true);
    expect([connections.closed.of('memory'), second.destroyed]).toEqual([1, false]);
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
    const bodies = await Promise.all(Array.from({ length: 250 }, () => open()));
    for (const socket of bodies) socket.write('POST / HTTP/1.1\r\nContent-Length: 65536\r\n\r\n');
    await until(() => connections.closed.of('memory') > 1);
    expect(await isClosed(second)).toBe(true);
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
  });
});

describe('an answer', () => {
  it('that is left unread too long closes the connection; one that is read slowly does not', async () => {
    const body = Buffer.alloc(16 * megabyte);
    await serve((_request, response) => void response.end(body), { maxUnreadMs: 300 });
    const stuck = await open();
    const slow = await open();
    stuck.write(get('/'));
    slow.write(get('/'));
    const reader = setInterval(() => slow.read(megabyte), 50);
    await until(() => connections.closed.of('unread') > 0);
    expect(await isClosed(stuck)).toBe(true);
    clearInterval(reader);
    expect(slow.destroyed).toBe(false);
  });

  it('that takes long to produce does not count as unread', async () => {
    await serve((request, response) => void setTimeout(() => echo(request, response), 300), {
      maxUnreadMs: 50,
    });
    expect(await statusForGoodClient()).toBe('HTTP/1.1 200 OK');
  });
});

describe('a body in chunks', () => {
  const chunked = (chunks: number, size: number) => {
    const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
    return `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(chunks)}0\r\n\r\n`;
  };
  const answer: RequestHandler = (request, response) =>
    void request.resume().once('end', () => response.end());

  it.each([
    [900, 1],
    [3_000, 20],
  ])('is read when there are %i of %i bytes', async (chunks, size) => {
    await serve(answer);
    const socket = (await open()).resume();
    socket.write(chunked(chunks, size));
    await until(() => answersIn(socket.text) === 1);
  });

  it.each([
    [5_000, 1],
    [2_500, 15],
  ])('closes the connection when there are %i of %i bytes', async (chunks, size) => {
    await serve(answer);
    const socket = await open();
    socket.write(chunked(chunks, size));
    expect(await isClosed(socket)).toBe(true);
    expect(answersIn(socket.text)).toBe(0);
  });
});
