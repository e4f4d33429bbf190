import assert from 'node:assert/strict';
import { createLogin } from 'gatehouse-checks';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import { AppModule } from './dist/app.module.js';

const login = createLogin();
const bearer = { authorization: `Bearer ${login.tokenFor('ada')}` };

/** A socket: `ask(event, data)` resolves with `[event, data]` of the next answer, `closed` once the server has closed it. */
const clients = {
  'socket.io': (base, { headers, auth, query = '', path = '' }) => {
    const socket = io(`${base}${query}`, {
      auth,
      extraHeaders: headers,
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      path: path === '' ? '/socket.io' : path,
    });
    const closed = new Promise((resolve) => socket.on('disconnect', () => resolve('closed')));
    const ask = (event, data) =>
      new Promise((resolve) => {
        socket.onAny((...answer) => resolve(answer));
        socket.emit(event, data);
      }).finally(() => socket.offAny());
    const opened = new Promise((resolve) => socket.on('connect', () => resolve()));
    return { ask, closed, opened, end: () => socket.close() };
  },
  ws: (base, { headers, query = '', path = '' }) => {
    const socket = new WebSocket(`${base.replace('http', 'ws')}${path}${query}`, { headers });
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.on('close', () => resolve('closed')));
    const opened = new Promise((resolve) => socket.on('open', () => resolve()));
    const ask = (event, data) =>
      new Promise((resolve) => {
        socket.once('message', (text) => {
          const answer = JSON.parse(text.toString());
          resolve([answer.event, answer.data]);
        });
        socket.send(JSON.stringify({ event, data }));
      });
    return { ask, closed, opened, end: () => socket.terminate() };
  },
};

async function check(name, Adapter) {
  const warnings = [];
  const logger = { log() {}, warn: (text) => warnings.push(text), error: console.error };
  const app = await NestFactory.create(AppModule, { logger });
  app.set('trust proxy', 'loopback');
  app.useWebSocketAdapter(new Adapter(app));
  await app.listen(0, '127.0.0.1');
  assert.match(warnings.join(), /^ {2}OpenGateway\.forgotten \(message forgotten\)$/m);
  assert.doesNotMatch(warnings.join(), /NotesGateway|OpenGateway\.maybe/);
  const base = await app.getUrl();
  const send = async (path, body, options = { method: 'POST' }) => {
    const headers = { ...bearer, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { ...options, headers, body: JSON.stringify(body) });
    return answer.json();
  };
  const create = (settings) => send('/api/v1/api-keys', { name: 'key', ...settings });
  const open = async (sent) => {
    const client = clients[name](base, sent);
    await client.opened;
    return client;
  };
  const within = (promise) =>
    Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 300, 'open'))]);
  const stateAfterOpening = async (sent) => {
    const client = clients[name](base, sent);
    const state = await within(client.closed);
    client.end();
    return state;
  };
  const codeOf = ([event, { status, code } = {}]) => [event, status, code];

  const all = await create({ scopes: ['notes:read'] });
  const apiKey = { 'x-api-key': all.key };

  // The connection: no credential, wrong ones, and those in places that do not count.
  assert.equal(await stateAfterOpening({}), 'closed');
  assert.equal(await stateAfterOpening({ headers: { 'x-api-key': 'mk_live_unknown' } }), 'closed');
  assert.equal(await stateAfterOpening({ headers: { 'x-tool-key': 'tk_unknown' } }), 'closed');
  assert.equal(
    await stateAfterOpening({ headers: { authorization: `${bearer.authorization}AA` } }),
    'closed',
  );
  assert.equal(await stateAfterOpening({ query: `/?token=${all.key}&x-api-key=${all.key}` }), 'closed');
  assert.equal(await stateAfterOpening({ headers: apiKey }), 'open');
  if (name === 'socket.io') {
    assert.equal(await stateAfterOpening({ auth: { token: all.key } }), 'open');
    assert.equal(await stateAfterOpening({ auth: { 'X-API-Key': all.key } }), 'open');
    assert.equal(
      await stateAfterOpening({ auth: { token: all.key, authorization: bearer.authorization } }),
      'closed',
    );
    assert.equal(await stateAfterOpening({ auth: { 'x-api-key': all.key }, headers: apiKey }), 'closed');
    assert.equal(await stateAfterOpening({ auth: { token: { toString: 1 } } }), 'closed');
    assert.equal(await stateAfterOpening({ auth: { query: { token: all.key } } }), 'closed');
  }

  // The address of the client, behind a proxy that is trusted.
  const { key: bound } = await create({ scopes: [], allowedIps: ['192.0.2.1'] });
  const from = (address) => ({ headers: { 'x-api-key': bound, 'x-forwarded-for': address } });
  assert.equal(await stateAfterOpening(from('192.0.2.2')), 'closed');
  const near = await open(from('192.0.2.1'));
  assert.deepEqual(await near.ask('who', 'a'), ['who', 'api_key a']);
  near.end();

  // The three credentials.
  const person = await open({ headers: bearer });
  assert.deepEqual(await person.ask('who', 'a'), ['who', 'jwt a']);
  assert.deepEqual(await person.ask('people', 'a'), ['people', 'in']);
  const program = await open({ headers: apiKey });
  assert.deepEqual(await program.ask('who', 'a'), ['who', 'api_key a']);
  assert.equal((await program.ask('notes', {}))[0], 'notes');
  const tool = await send('/api/v1/tool-keys', {
    taskId: 'task',
    ttlSeconds: 600,
    scopes: ['notes:read'],
  });
  const agent = await open({ headers: { 'x-tool-key': tool.key } });
  assert.deepEqual(await agent.ask('who', 'a'), ['who', 'tool_key a']);
  assert.deepEqual(codeOf(await agent.ask('people', 'a')), ['exception', 'error', 'FORBIDDEN']);

  // A scope.
  const files = await create({ scopes: ['files:read'] });
  const lacking = await open({ headers: { 'x-api-key': files.key } });
  const [event, error] = await lacking.ask('notes', {});
  assert.deepEqual(
    [event, error.code, error.details.missing],
    ['exception', 'INSUFFICIENT_SCOPE', ['notes:read']],
  );
  assert.equal(typeof error.message, 'string');

  // A limit: the connection counts, and each message.
  const limited = await create({ scopes: ['notes:read'], rateLimit: { limit: 3, windowSeconds: 600 } });
  const few = await open({ headers: { 'x-api-key': limited.key } });
  for (const text of ['a', 'b']) assert.deepEqual(await few.ask('who', text), ['who', `api_key ${text}`]);
  assert.deepEqual(codeOf(await few.ask('who', 'c')), ['exception', 'error', 'RATE_LIMITED']);
  assert.equal(await stateAfterOpening({ headers: { 'x-api-key': limited.key } }), 'closed');

  // Revocation: the next message is refused.
  await send(`/api/v1/api-keys/${all.id}`, { reason: 'over' }, { method: 'DELETE' });
  assert.deepEqual(codeOf(await program.ask('who', 'a')), ['exception', 'error', 'INVALID_API_KEY']);
  assert.deepEqual(await person.ask('who', 'a'), ['who', 'jwt a']);

  // A gateway that does not look at connections: a socket of ws has no request then.
  const maybe = await open({ headers: bearer, path: '/open' });
  const isKnown = name === 'socket.io';
  const [answer] = await maybe.ask('maybe', 'a');
  assert.equal(answer, isKnown ? 'maybe' : 'exception');
  if (isKnown) {
    const anonymous = await open({ path: '/open' });
    assert.deepEqual(await anonymous.ask('maybe', 'a'), ['maybe', 'anonymous']);
    assert.deepEqual(codeOf(await anonymous.ask('closed', 'a')), ['exception', 'error', 'MISSING_TOKEN']);
    anonymous.end();
  }
  for (const client of [person, program, agent, lacking, few, maybe]) client.end();
  await app.close();
  console.log(`${name}: passed`);
}

await check('socket.io', IoAdapter);
await check('ws', WsAdapter);
process.exit(0);
