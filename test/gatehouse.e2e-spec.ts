import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CustomCredential } from '../src/auth/custom/custom-credential.js';
import { type CallerRequirements, Gatehouse, type SocketHandshake } from '../src/auth/gatehouse.js';
import { asApiKey, asToolKey, asUser, AuthTestingModule, testOwnerId } from '../src/testing/index.js';
import { type Gatehouse as Service, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { mintApiKey } from './support/api-keys.js';

// Where Nest runs no guards: a server of Node, the upgrade of a socket, a message of a queue.

type Headers = Record<string, string | string[]>;

let service: Service;
let guard: Gatehouse;
let server: Server;
let decide: (request: IncomingMessage) => Promise<unknown>;

beforeAll(async () => {
  service = await startGatehouse();
  guard = service.app.get(Gatehouse, { strict: false });
  server = createServer((request, response) => {
    void answerOf(decide(request)).then((answer) => response.end(answer));
  });
  server.on('upgrade', (request, socket) => {
    void answerOf(decide(request)).then((answer) =>
      socket.end(`HTTP/1.1 400 No\r\nConnection: close\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await service.close();
});

/** The kind of caller, or the code of the rejection. */
async function answerOf(decided: Promise<unknown>): Promise<string> {
  try {
    return ((await decided) as { source: { type: string } }).source.type;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Asks the server of Node, which has the request decided. */
function ask(headers: Headers, path = '/'): Promise<string> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port, host: '127.0.0.1', path, headers, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve(text));
    });
    sent.on('error', reject).end();
  });
}
const textOf = ({ authorization }: { authorization: string }) => authorization.slice('Bearer '.length);
const limited = (limit: number) => mintApiKey(service, { rateLimit: { limit, windowSeconds: 60 } });

describe('Gatehouse.authenticate', () => {
  const needs = (requirements?: CallerRequirements) => {
    decide = (request) => guard.authenticate(request, requirements);
  };

  it('decides the request of a server of Node as a guard does', async () => {
    needs();
    expect(await ask(service.bearer())).toBe('jwt');
    expect(await ask({ 'x-api-key': service.adminKey })).toBe('api_key');
    expect(await ask({ 'x-tool-key': (await issueToolKey(service)).key })).toBe('tool_key');
    expect(await ask({})).toBe('MISSING_TOKEN');
    expect(await ask({ 'x-api-key': 'mk_live_wrong' })).toBe('INVALID_API_KEY');
    expect(await ask({ 'x-api-key': [service.adminKey, service.adminKey] })).toBe('INVALID_API_KEY');
    const { authorization } = service.bearer();
    expect(await ask({ authorization: [authorization, authorization] })).toBe('INVALID_TOKEN');
    expect(await ask({}, `/?token=${service.adminKey}&x-api-key=${service.adminKey}`)).toBe('MISSING_TOKEN');
  });

  it('checks scopes, a role, and bounds', async () => {
    const key = { 'x-api-key': await mintApiKey(service, { scopes: ['files:read'] }) };
    const bounded = service.bearer('b@example.com', 3600, { client_id: 'planner' });
    needs({ scopes: ['files:read'] });
    expect(await ask(key)).toBe('api_key');
    needs({ scopes: ['files:write'] });
    expect(await ask(key)).toBe('INSUFFICIENT_SCOPE');
    needs({ role: 'admin' });
    expect(await ask(key)).toBe('FORBIDDEN');
    expect(await ask({ 'x-api-key': service.adminKey })).toBe('api_key');
    needs();
    expect(await ask(bounded)).toBe('FORBIDDEN');
    needs({ allowBounded: true });
    expect(await ask(bounded)).toBe('jwt');
  });

  it('counts a request once, however often it is asked', async () => {
    const key = { 'x-api-key': await limited(2) };
    decide = async (request) => {
      await guard.authenticate(request);
      await guard.authenticate(request);
      return guard.authenticate(request);
    };
    expect([await ask(key), await ask(key), await ask(key)]).toEqual(['api_key', 'api_key', 'RATE_LIMITED']);
  });

  it('knows the address of the client', async () => {
    needs();
    expect(await ask({ 'x-api-key': await mintApiKey(service, { allowedIps: ['127.0.0.1'] }) })).toBe(
      'api_key',
    );
    const elsewhere = { 'x-api-key': await mintApiKey(service, { allowedIps: ['192.0.2.1'] }) };
    expect(await ask(elsewhere)).toBe('INVALID_API_KEY');
  });
});

describe('Gatehouse.verify', () => {
  it('decides a credential from anywhere', async () => {
    const verify = (credential: string) => answerOf(guard.verify(credential));
    expect(await verify(textOf(service.bearer()))).toBe('jwt');
    expect(await verify(service.adminKey)).toBe('api_key');
    expect(await verify((await issueToolKey(service)).key)).toBe('tool_key');
    expect(await verify(`${textOf(service.bearer())}A`)).toBe('INVALID_TOKEN');
    expect(await verify('tk_wrong')).toBe('INVALID_TOOL_KEY');
    const key = service.adminKey;
    const hostile = [
      '',
      ' ',
      ` ${key}`,
      `${key} `,
      `${key}\n`,
      `Bearer ${key}`,
      `${key},${key}`,
      'x'.repeat(1e6),
    ];
    for (const text of [...hostile, null, undefined, [key], { toString: () => key }])
      expect(await verify(text as string)).toBe('INVALID_API_KEY');
  });

  it('counts each call', async () => {
    const key = await limited(1);
    expect(await answerOf(guard.verify(key, { scopes: ['files:write'] }))).toBe('INSUFFICIENT_SCOPE');
    expect(await answerOf(guard.verify(key))).toBe('api_key');
    expect(await answerOf(guard.verify(key))).toBe('RATE_LIMITED');
  });

  it('takes the word of the application for the address', async () => {
    const key = await mintApiKey(service, { allowedIps: ['192.0.2.1'] });
    expect(await answerOf(guard.verify(key, { ip: '192.0.2.1' }))).toBe('api_key');
    expect(await answerOf(guard.verify(key, { ip: '192.0.2.2' }))).toBe('INVALID_API_KEY');
    expect(await answerOf(guard.verify(key))).toBe('INVALID_API_KEY');
  });
});

describe('Gatehouse.authenticateSocket', () => {
  const upgrade = { connection: 'upgrade', upgrade: 'websocket' };
  const open = async (headers: Headers, handshake: SocketHandshake = {}, path?: string) => {
    decide = (request) => guard.authenticateSocket({}, { request, ...handshake });
    return ask({ ...upgrade, ...headers }, path);
  };

  it('is decided anew for each message that is asked about by the request of the upgrade', async () => {
    const calls = await issueToolKey(service, { maxCalls: 2 });
    decide = async (request) => {
      await guard.authenticate(request);
      await guard.authenticate(request);
      return guard.authenticate(request);
    };
    expect(await ask({ ...upgrade, 'x-tool-key': calls.key })).toBe('BUDGET_EXCEEDED');
  });

  it('decides by the request that opens a socket, or by what the client sent beside it', async () => {
    const key = service.adminKey;
    expect(await open({ 'x-api-key': key })).toBe('api_key');
    expect(await open({}, { fields: { token: key } })).toBe('api_key');
    expect(await open({}, { fields: { 'X-Api-Key': key } })).toBe('api_key');
    expect(await open({}, { fields: { 'X-Api-Key': key, 'x-api-key': key } })).toBe('INVALID_API_KEY');
    expect(await open({ 'x-api-key': key }, { fields: { 'x-api-key': key } })).toBe('INVALID_API_KEY');
    expect(await open(service.bearer(), { fields: { token: key } })).toBe('INVALID_TOKEN');
    expect(await open({ 'x-api-key': [key, key] })).toBe('INVALID_API_KEY');
    expect(await open({})).toBe('MISSING_TOKEN');
    expect(await open({}, {}, `/?token=${key}&x-api-key=${key}`)).toBe('MISSING_TOKEN');
    for (const fields of [
      key,
      [key],
      { token: {} },
      { token: [key] },
      { token: ` ${key}` },
      { token: `${key} ` },
    ])
      expect(await open({}, { fields })).not.toBe('api_key');
  });

  it('counts as one request, from the address of the connection or of the proxy', async () => {
    const key = { 'x-api-key': await limited(1) };
    expect([await open(key), await open(key)]).toEqual(['api_key', 'RATE_LIMITED']);
    const bound = { 'x-api-key': await mintApiKey(service, { allowedIps: ['192.0.2.1'] }) };
    expect(await open(bound)).toBe('INVALID_API_KEY');
    expect(await open(bound, { ip: '192.0.2.1' })).toBe('api_key');
  });

  it('says what is missing for a socket without a request', async () => {
    await expect(guard.authenticateSocket({})).rejects.toThrow('pass { request }');
  });
});

/** What browsers send by themselves, also from a page of another site. */
@Injectable()
class Session extends CustomCredential {
  readonly name = 'session';
  readonly place = { cookie: 'session' };

  async verify() {
    return { program: { id: 'session', ownerId: testOwnerId } };
  }
}

/** A proxy sets it, and removes what clients send. */
@Injectable()
class Certificate extends CustomCredential {
  readonly name = 'certificate';
  readonly place = { header: 'x-client-cert' };
  override readonly isAmbient = false;

  async verify() {
    return { program: { id: 'machine', ownerId: testOwnerId } };
  }
}

it('reads no cookie of another site, and no header of a proxy among what a client wrote', async () => {
  const module = AuthTestingModule.forRoot({ credentials: [Session, Certificate] });
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  const open = (headers: Headers, fields?: object) => {
    const request = { method: 'GET', headers };
    return answerOf(app.get(Gatehouse).authenticateSocket({}, { request, fields }));
  };
  const cookie = { host: 'app.example.com', cookie: 'session=1' };
  expect(await open({ ...cookie, origin: 'https://app.example.com' })).toBe('custom');
  expect(await open({ ...cookie, origin: 'https://evil.example.com' })).toBe('FORBIDDEN');
  expect(await open({ ...cookie, origin: 'null' })).toBe('FORBIDDEN');
  expect(await open({ ...cookie, 'sec-fetch-site': 'cross-site' })).toBe('FORBIDDEN');
  expect(await open({ 'x-client-cert': 'machine' })).toBe('custom');
  expect(await open({}, { 'x-client-cert': 'machine', cookie: 'session=1' })).toBe('MISSING_TOKEN');
  for (const headers of [asUser(), asApiKey(), asToolKey({ taskId: 'task' })])
    expect(await open({}, headers)).toMatch(/^(jwt|api_key|tool_key)$/);
  await app.close();
});
