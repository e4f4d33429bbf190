import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { asApiKey, asToolKey, asUser, AuthTestingModule, testOwnerId } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { NotesModule } from './notes.module.js';

let app: INestApplication;

before(async () => {
  const testing = await Test.createTestingModule({
    imports: [AuthTestingModule.forRoot(), NotesModule],
  }).compile();
  app = await testing.createNestApplication().init();
});
after(() => app.close());

const notes = () => request(app.getHttpServer()).get('/notes');

test('a caller reads the notes of its owner', async () => {
  await notes().set(asUser()).expect(200, { of: testOwnerId, task: null });
  await notes()
    .set(asUser({ ownerId: 'acme' }))
    .expect(200, { of: 'acme', task: null });
});

test('a key needs the scope', async () => {
  await notes()
    .set(asApiKey({ scopes: ['notes:read'] }))
    .expect(200);
  const rejected = await notes()
    .set(asApiKey({ scopes: ['files:read'] }))
    .expect(403);
  assert.equal(rejected.body.code, 'INSUFFICIENT_SCOPE');
});

test('a client of others needs the scope, and a route that asks for one', async () => {
  const client = asUser({ clientId: 'planner', scopes: ['notes:read'] });
  await notes().set(client).expect(200);
  await request(app.getHttpServer()).post('/notes/export').set(client).expect(403);
  await notes()
    .set(asUser({ clientId: 'planner' }))
    .expect(403);
});

test('an agent sees its task and cannot export', async () => {
  const agent = asToolKey({ taskId: 'summary' });
  await notes().set(agent).expect(200, { of: testOwnerId, task: 'summary' });
  await request(app.getHttpServer()).post('/notes/export').set(agent).expect(403);
});

test('a request without a valid credential gets 401', async () => {
  await notes().expect(401);
  await notes()
    .set(asApiKey({ revoked: true }))
    .expect(401);
  await notes()
    .set(asUser({ disabled: true }))
    .expect(401);
});
