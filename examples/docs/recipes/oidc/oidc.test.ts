import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import request from 'supertest';
import { appModule } from './app.module.js';
import { Issuer } from './issuer.js';

const auth0 = 'https://acme.eu.auth0.com/';
const keycloak = 'https://login.example.com/realms/acme';
const ada = '5b1f0f5e-0f0f-4f0f-8f0f-0123456789ab';

let issuers: { readonly primary: Issuer; readonly second: Issuer };
let folder: string;
let app: INestApplication;

before(async () => {
  issuers = { primary: await Issuer.start(), second: await Issuer.start() };
  folder = await mkdtemp(join(tmpdir(), 'oidc-'));
  const root = appModule(`sqlite:${folder}/notes.db`, [
    { issuer: keycloak, audience: 'notes-api', jwksUrl: issuers.primary.jwksUrl },
    { issuer: auth0, audience: ['https://api.example.com'], jwksUrl: issuers.second.jwksUrl },
  ]);
  app = await NestFactory.create(root, new ExpressAdapter(), { logger: false });
  await app.init();
});
after(async () => {
  await app.close();
  issuers.primary.stop();
  issuers.second.stop();
  await rm(folder, { recursive: true });
});

async function answerTo(token: string): Promise<string> {
  const { status, body } = await request(app.getHttpServer())
    .get('/me')
    .set('Authorization', `Bearer ${token}`);
  return status === 200 ? body.userId : `${status} ${body.code}`;
}
const ofKeycloak = (claims: object, kid?: string) =>
  answerTo(
    issuers.primary.tokenOf({ iss: keycloak, aud: ['notes-api', 'account'], sub: ada, ...claims }, kid),
  );
const ofAuth0 = (claims: object) =>
  answerTo(issuers.second.tokenOf({ iss: auth0, aud: 'https://api.example.com', sub: 'auth0|1', ...claims }));

test('a person is known by the issuer and the subject', async () => {
  assert.equal(await ofKeycloak({}), ada);
  const other = await ofAuth0({});
  assert.match(other, /^[0-9a-f-]{36}$/);
  assert.equal(await ofAuth0({ aud: ['https://api.example.com', `${auth0}userinfo`] }), other);
  // The same UUID at another issuer is another user.
  assert.notEqual(await ofAuth0({ sub: ada }), ada);
});

test('the audience must be yours', async () => {
  assert.equal(await ofKeycloak({ aud: 'account' }), '401 INVALID_TOKEN');
  assert.equal(await ofAuth0({ aud: 'the client id of an ID token' }), '401 INVALID_TOKEN');
});

test('the issuer is compared to the letter, and bound to its own keys', async () => {
  assert.equal(await ofAuth0({ iss: auth0.slice(0, -1) }), '401 INVALID_TOKEN');
  assert.equal(await ofKeycloak({ iss: `${keycloak}/` }), '401 INVALID_TOKEN');
  assert.equal(await ofAuth0({ iss: keycloak, aud: 'notes-api' }), '401 INVALID_TOKEN');
});

test('a token that is no JWT is looked up as an API key', async () => {
  assert.equal(await answerTo('an-opaque-token-of-auth0'), '401 INVALID_API_KEY');
  assert.equal(await answerTo('a.jwe.has.five.parts'), '401 INVALID_API_KEY');
});

test('a shared secret signs nothing here', async () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 600;
  const signed = `${encode({ alg: 'HS256' })}.${encode({ iss: keycloak, aud: 'notes-api', sub: ada, exp })}`;
  const signature = createHmac('sha256', 'secret').update(signed).digest('base64url');
  assert.equal(await answerTo(`${signed}.${signature}`), '401 INVALID_TOKEN');
});

test('a token of a client without a person is a person, too', async () => {
  assert.match(await ofAuth0({ sub: 'abc@clients', gty: 'client-credentials' }), /^[0-9a-f-]{36}$/);
});

test('a new key is noticed at once, and the next one within 30 seconds', async () => {
  issuers.primary.publish('second');
  assert.equal(await ofKeycloak({}, 'second'), ada);
  issuers.primary.publish('third');
  assert.equal(await ofKeycloak({}, 'third'), '401 INVALID_TOKEN');
  assert.equal(await ofKeycloak({}, 'first'), ada);
});

test('an issuer that is down changes nothing for keys that were had', async () => {
  issuers.primary.isDown = true;
  assert.equal(await ofKeycloak({ jti: 'never seen' }), ada);
});

test('an issuer whose keys were never had is a 503', async () => {
  const down = await Issuer.start();
  down.isDown = true;
  const given = { issuer: auth0, audience: 'notes-api', jwksUrl: down.jwksUrl };
  const root = appModule(`sqlite:${folder}/other.db`, [given]);
  const other = await NestFactory.create(root, new ExpressAdapter(), { logger: false });
  await other.init();
  const token = down.tokenOf({ iss: auth0, aud: 'notes-api', sub: 'ada' });
  const { status, body, headers } = await request(other.getHttpServer())
    .get('/me')
    .set('Authorization', `Bearer ${token}`);
  assert.deepEqual([status, body.code], [503, 'AUTH_UNAVAILABLE']);
  assert.ok(Number(headers['retry-after']) > 0);
  await other.close();
  down.stop();
});
