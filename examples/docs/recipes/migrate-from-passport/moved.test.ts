import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AuthModule, DatabaseModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import request from 'supertest';
import { AfterModule } from './after.js';
import { BeforeModule } from './before.js';
import { issuer, MoveIn } from './move-in.js';
import { OldUsers } from './old-users.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
process.env.JWT_PUBLIC_KEY = publicKey.export({ format: 'pem', type: 'spki' }).toString();

function tokenOf(sub: string): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claims = { iss: issuer, aud: 'notes', sub, exp: Math.floor(Date.now() / 1000) + 60 };
  const signed = `${encode({ alg: 'ES256' })}.${encode(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const ada = { authorization: `Bearer ${tokenOf('auth0|ada')}` };
const bob = { authorization: `Bearer ${tokenOf('auth0|bob')}` };
const adasKey = { 'x-api-key': 'sk-ada-5Fh3mQ8tWv1xYz7a2Bc9De' };

const start = async (module: Type) =>
  (await NestFactory.create(module, new ExpressAdapter(), { logger: false })).init();

test('beside each other, nothing changes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'beside-'));
  const database = DatabaseModule.forRoot({ url: `sqlite:${folder}/notes.db`, entities: gatehouseEntities });
  @Module({ imports: [database, AuthModule.forRoot({}), BeforeModule] })
  class BothModule {}
  const app = await start(BothModule);
  const get = (headers: Record<string, string>) => request(app.getHttpServer()).get('/notes').set(headers);
  await get(ada).expect(200, { of: 'acme', for: '42' });
  await get(adasKey).expect(200, { of: 'acme', for: '42' });
  await get({}).expect(401, { statusCode: 401, message: 'Unauthorized' });
  await app.close();
  await rm(folder, { recursive: true });
});

test('the same requests have the same answers', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'moved-'));
  process.env.DATABASE_URL = `sqlite:${folder}/notes.db`;
  const before = await start(BeforeModule);
  const after = await start(AfterModule);
  const moveIn = after.get(MoveIn);
  for (const user of after.get(OldUsers).rows) await moveIn.run(user);
  assert.equal(await moveIn.run(after.get(OldUsers).rows[0]!), false);

  for (const app of [before, after]) {
    const get = (headers: Record<string, string>) => request(app.getHttpServer()).get('/notes').set(headers);
    await get(ada).expect(200, { of: 'acme', for: '42' });
    await get(bob).expect(200, { of: 'acme', for: '43' });
    await get(adasKey).expect(200, { of: 'acme', for: '42' });
    await get({ 'x-api-key': 'sk-ada-5Fh3mQ8tWv1xYz7a2Bc9DX' }).expect(401);
    await get({ authorization: `${ada.authorization.slice(0, -8)}AAAAAAAA` }).expect(401);
    await get({}).expect(401);
  }

  const server = request(after.getHttpServer());
  const { body } = await server.post('/api/v1/auth/api-keys/refresh').set(ada).expect(200);
  assert.equal(body.previousKeyRevoked, true);
  await server.get('/notes').set(adasKey).expect(401);
  await server.get('/notes').set('x-api-key', body.key).expect(200, { of: 'acme', for: '42' });

  await before.close();
  await after.close();
  await rm(folder, { recursive: true });
});
