import { type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { CurrentOrigin } from '../../src/auth/decorators.js';
import { Gatehouse } from '../../src/auth/gatehouse.js';
import { MaybeAuthenticated } from '../../src/auth/guards.js';
import type { RequestOrigin } from '../../src/principal/authenticated-user.js';
import { asApiKey, AuthTestingModule } from '../../src/testing/index.js';

// Behind a proxy, a socket has the address that a request of the same client has.

@Controller()
class OriginController {
  @Get('origin')
  @UseGuards(MaybeAuthenticated)
  origin(@CurrentOrigin() { ip }: RequestOrigin) {
    return { ip };
  }
}

@Module({ imports: [AuthTestingModule.forRoot()], controllers: [OriginController] })
class AppModule {}

type Trust = boolean | number | string | ((address: string, hop: number) => boolean);
type Headers = Record<string, string>;
type Ask = (path: string, headers: Headers) => Promise<Record<string, unknown>>;

const express = async (trust: Trust) => {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, new ExpressAdapter(), {
    logger: false,
  });
  app.set('trust proxy', trust);
  return app;
};
const fastify = (trust: Trust) =>
  NestFactory.create(AppModule, new FastifyAdapter({ trustProxy: trust as never }) as AbstractHttpAdapter, {
    logger: false,
  });

const afterTheFirst = (_address: string, hop: number) => hop < 1;
const applications: [string, (trust: Trust) => Promise<INestApplication>, Trust][] = [
  ['Express, no proxy', express, false],
  ['Express, every proxy', express, true],
  ['Express, one proxy', express, 1],
  ['Express, a list', express, 'loopback, 10.0.0.0/8'],
  ['Express, a function', express, afterTheFirst],
  ['Fastify, no proxy', fastify, false],
  ['Fastify, every proxy', fastify, true],
  ['Fastify, a list', fastify, '127.0.0.1,10.0.0.0/8'],
  ['Fastify, a function', fastify, afterTheFirst],
];
const forwarded = [
  undefined,
  '192.0.2.1',
  '192.0.2.1, 10.0.0.7',
  '10.0.0.7, 192.0.2.1',
  '192.0.2.1, 198.51.100.3',
  '::ffff:192.0.2.1',
  '2001:db8::1',
  'unknown',
  '192.0.2.1:4711',
  ', ,',
];

describe.each(applications)('%s', (_name, create, trust) => {
  let app: INestApplication;
  let ask: Ask;
  /** What the client of ws or of socket.io is made of the request that opens the socket. */
  let decide: (request: IncomingMessage) => Promise<unknown>;

  beforeAll(async () => {
    app = await create(trust);
    (app.getHttpServer() as Server).on('upgrade', (request, socket) => {
      void decide(request)
        .then(
          (answer) => JSON.stringify({ ip: 'admitted', ...(answer as object) }),
          (error: { code?: string }) => JSON.stringify({ code: error.code ?? String(error) }),
        )
        .then((text) => socket.end(`HTTP/1.1 400 No\r\ncontent-length: ${text.length}\r\n\r\n${text}`));
    });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    ask = (path, headers) =>
      new Promise((resolve, reject) => {
        const sent = httpRequest({ port, host: '127.0.0.1', path, headers, agent: false }, (answer) => {
          let text = '';
          answer.on('data', (part) => (text += part)).on('end', () => resolve(JSON.parse(text)));
        });
        sent.on('error', reject).end();
      });
  });
  afterAll(() => app.close());

  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const socketIo = (request: IncomingMessage, address = request.socket.remoteAddress) => ({
    handshake: { headers: request.headers, auth: {}, address },
    request,
  });
  const ways: [string, (guard: Gatehouse, request: IncomingMessage) => Promise<unknown>][] = [
    ['the request', (guard, request) => guard.authenticate(request)],
    ['ws', (guard, request) => guard.authenticateSocket({}, { request })],
    ['socket.io', (guard, request) => guard.authenticateSocket(socketIo(request))],
    [
      'socket.io, once its first connection is closed',
      (guard, request) => {
        const closed = { headers: request.headers, rawHeaders: request.rawHeaders, socket: {} };
        return guard.authenticateSocket({ ...socketIo(request), request: closed });
      },
    ],
    ['a handshake', (guard, request) => guard.authenticate(socketIo(request).handshake)],
  ];

  it.each(ways)('has the address of an HTTP request: %s', async (_way, authenticate) => {
    const guard = app.get(Gatehouse);
    for (const sent of forwarded) {
      const headers: Headers = sent === undefined ? {} : { 'x-forwarded-for': sent };
      const { ip } = await ask('/origin', headers);
      const right = asApiKey(ip === null ? {} : { allowedIps: [ip as string] });
      const wrong = asApiKey({
        allowedIps: ['203.0.113.1', '192.0.2.1', '127.0.0.1'].filter((one) => one !== ip),
      });
      decide = (request) => authenticate(guard, request);
      const opened = [
        await ask('/', { ...upgrade, ...headers, ...right }),
        await ask('/', { ...upgrade, ...headers, ...wrong }),
      ];
      expect([sent, ip, opened]).toEqual([
        sent,
        ip,
        [expect.objectContaining({ ip: 'admitted' }), { code: 'INVALID_API_KEY' }],
      ]);
    }
  });

  it('takes the word of the application first', async () => {
    decide = (request) => app.get(Gatehouse).authenticateSocket({}, { request, ip: '203.0.113.9' });
    const key = asApiKey({ allowedIps: ['203.0.113.9'] });
    expect(await ask('/', { ...upgrade, ...key, 'x-forwarded-for': '192.0.2.1' })).toMatchObject({
      ip: 'admitted',
    });
  });
});
