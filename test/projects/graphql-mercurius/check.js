import assert from 'node:assert/strict';
import { createLogin } from 'gatehouse-checks';
import { checkGraphql } from 'gatehouse-checks/graphql.cjs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { WebSocket } from 'ws';
import { AppModule } from './dist/app.module.js';

const login = createLogin();
const jit = process.argv.includes('jit') ? 1 : 0;
const app = await NestFactory.create(AppModule.forRoot(jit), new FastifyAdapter(), { logger: ['error'] });
await app.listen(0, '127.0.0.1');
const base = await app.getUrl();
const { create } = await checkGraphql({ ...login, base });

/** Resolves with the first event of a subscription, or why there is none. */
async function subscribe(payload, headers = {}, path = '/graphql') {
  const socket = new WebSocket(base.replace('http', 'ws') + path, 'graphql-transport-ws', { headers });
  const send = (message) => socket.send(JSON.stringify(message));
  try {
    return await new Promise((resolve, reject) => {
      socket.on('open', () => send({ type: 'connection_init', payload }));
      socket.on('error', reject);
      socket.on('close', (code) => resolve(code));
      socket.on('message', (data) => {
        const message = JSON.parse(data.toString());
        if (message.type === 'connection_ack')
          send({ id: '1', type: 'subscribe', payload: { query: 'subscription { noted }' } });
        const result = message.payload?.data?.noted ?? message.payload?.[0] ?? message.payload;
        if (message.type === 'next' || message.type === 'error') resolve(result);
      });
    });
  } finally {
    socket.terminate();
  }
}
const reason = (error) => error?.extensions?.reason ?? error;

const { key } = await create({ name: 'subscriber', scopes: ['notes:read'] });
assert.equal(reason(await subscribe({}, { 'x-api-key': key })), 'api_key');
assert.equal(reason(await subscribe({ headers: { 'X-API-Key': key } })), 'api_key');
assert.equal(reason(await subscribe({ headers: { authorization: { toString: 1 } } })), 'INVALID_TOKEN');
assert.equal(reason(await subscribe({})), 'MISSING_TOKEN');
assert.equal(reason(await subscribe({}, {}, `/graphql?x-api-key=${key}`)), 'MISSING_TOKEN');
const twice = { headers: { 'X-API-Key': key, 'x-api-key': key } };
assert.equal(reason(await subscribe(twice)), 'INVALID_API_KEY');
await app.close();
process.exit(0);
