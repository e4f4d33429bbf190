const assert = require('node:assert/strict');
const { createLogin } = require('gatehouse-checks');
const { checkGraphql } = require('gatehouse-checks/graphql.cjs');
const { NestFactory } = require('@nestjs/core');
const { createClient } = require('graphql-ws');
const { WebSocket } = require('ws');
const { AppModule } = require('./dist/app.module.js');

const login = createLogin();

async function main() {
  const warnings = [];
  const logger = { log() {}, warn: (text) => warnings.push(text), error: console.error };
  const app = await NestFactory.create(AppModule, { logger });
  await app.listen(0, '127.0.0.1');
  assert.match(warnings.join(), /^ {2}NotesResolver\.open \(GraphQL Query\)$/m);
  assert.doesNotMatch(warnings.join(), /NotesResolver\.who/);
  const base = await app.getUrl();
  const { create } = await checkGraphql({ ...login, base });
  await checkSubscriptions(base.replace('http', 'ws'), create);
  await app.close();
}

/** The credential is in the header of the handshake or in `connectionParams`, and never in both. */
async function checkSubscriptions(base, create) {
  const { key, id } = await create({ name: 'subscriber', scopes: ['notes:read'] });
  const files = await create({ name: 'files', scopes: ['files:read'] });
  const subscribe = async (connectionParams, headers = {}, path = '/graphql') => {
    class Socket extends WebSocket {
      constructor(url, protocols) {
        super(url, protocols, { headers });
      }
    }
    const client = createClient({
      url: base + path,
      connectionParams,
      webSocketImpl: Socket,
      retryAttempts: 0,
    });
    try {
      for await (const { data, errors } of client.iterate({ query: 'subscription { noted }' }))
        return data?.noted ?? errors[0].extensions.reason;
    } catch (error) {
      return Array.isArray(error) ? error[0].extensions?.reason : error;
    } finally {
      await client.dispose();
    }
  };
  assert.equal(await subscribe({ 'X-API-Key': key }), 'api_key');
  assert.equal(await subscribe({ token: key }), 'api_key');
  assert.equal(await subscribe({ authorization: `Bearer ${login.tokenFor('ada')}` }), 'jwt');
  assert.equal(await subscribe({}, { 'x-api-key': key }), 'api_key');
  assert.equal(await subscribe({ 'x-api-key': key }, { 'x-api-key': key }), 'INVALID_API_KEY');
  assert.equal(await subscribe({ authorization: { toString: 1 } }), 'INVALID_TOKEN');
  assert.equal(await subscribe({}), 'MISSING_TOKEN');
  assert.equal(await subscribe({}, {}, `/graphql?token=${key}&x-api-key=${key}`), 'MISSING_TOKEN');
  assert.equal(await subscribe({ token: files.key }), 'INSUFFICIENT_SCOPE');
  const headers = { authorization: `Bearer ${login.tokenFor('ada')}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ reason: 'over' });
  await fetch(`${base.replace('ws', 'http')}/api/v1/api-keys/${id}`, { method: 'DELETE', headers, body });
  assert.equal(await subscribe({ token: key }), 'INVALID_API_KEY');
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
