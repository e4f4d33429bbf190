import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { asApiKey, asToolKey, asUser, AuthTestingModule } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { NotesModule } from './notes.js';

let app: INestApplication;

before(async () => {
  const imports = [AuthTestingModule.forRoot(), NotesModule];
  app = await (await Test.createTestingModule({ imports }).compile()).createNestApplication().init();
});
after(() => app.close());

const notes = () => request(app.getHttpServer()).get('/notes');
const signature = () => request(app.getHttpServer()).post('/notes/signature');
const bob = '00000000-0000-4000-8000-00000000000b';

test('every credential reads the data of its owner', async () => {
  await notes()
    .set(asUser({ userId: bob, ownerId: 'b' }))
    .expect(200, ['second']);
  await notes()
    .set(asApiKey({ ownerId: 'b', scopes: ['notes:read'] }))
    .expect(200, ['second']);
  await notes()
    .set(asToolKey({ taskId: 'sum', userId: bob, ownerId: 'b' }))
    .expect(200, ['second']);
});

test('only a person can sign, by JWT or personal key', async () => {
  await signature()
    .set(asApiKey({ userId: bob, ownerId: 'b' }))
    .expect(201, { signedBy: bob, through: ['user', 'api_key'] });
  await signature()
    .set(asApiKey({ role: 'write_agent' }))
    .expect(403);
  await signature()
    .set(asToolKey({ taskId: 'sum' }))
    .expect(403);
});

test('a bad key gets the same 401 for every reason', async () => {
  const bodies = [{ revoked: true }, { disabled: true }, { expiresAt: new Date(0) }].map(async (state) => {
    const { body } = await notes()
      .set(asApiKey({ scopes: ['notes:read'], ...state }))
      .expect(401);
    return { ...body, requestId: '' };
  });
  const [first, ...others] = await Promise.all(bodies);
  assert.equal(first.code, 'INVALID_API_KEY');
  for (const other of others) assert.deepEqual(other, first);
});
