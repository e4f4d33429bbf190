import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import {
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
} from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import request from 'supertest';
import { supabaseIssuer } from './supabase-issuer.js';

@Controller('me')
@UseGuards(Authenticated)
class MeController {
  @Get()
  me(@CurrentUser() { userId, email }: AuthenticatedUser) {
    return { userId, email };
  }
}

test('the users of a project are users here, and its own keys are not', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', key_ops: ['verify'] };
  const project = createServer(({ url }, response) =>
    response
      .writeHead(url === '/auth/v1/.well-known/jwks.json' ? 200 : 404)
      .end(JSON.stringify({ keys: [jwk] })),
  );
  await once(project.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(project.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'supabase-'));

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: `sqlite:${folder}/notes.db`, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers: [supabaseIssuer(url)] }),
    ],
    controllers: [MeController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false });
  await app.init();

  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const sub = '5b1f0f5e-0f0f-4f0f-8f0f-0123456789ab';
  const claims = { iss: `${url}/auth/v1`, aud: 'authenticated', sub, exp, email: 'ada@example.com' };
  const tokenOf = (own: object) => {
    const body = {
      ...claims,
      role: 'authenticated',
      aal: 'aal1',
      session_id: 's',
      is_anonymous: false,
      ...own,
    };
    const signed = `${encode({ alg: 'ES256', kid: 'k1', typ: 'JWT' })}.${encode(body)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  const legacyOf = (own: object) => {
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, ...own })}`;
    return `${signed}.${createHmac('sha256', 'the legacy secret').update(signed).digest('base64url')}`;
  };
  const me = (token: string) =>
    request(app.getHttpServer()).get('/me').set('Authorization', `Bearer ${token}`);

  assert.deepEqual((await me(tokenOf({})).expect(200)).body, { userId: sub, email: 'ada@example.com' });
  await me(tokenOf({ sub: '6b1f0f5e-0f0f-4f0f-8f0f-0123456789ab', is_anonymous: true, email: '' })).expect(
    200,
  );
  assert.equal((await me(legacyOf({})).expect(401)).body.code, 'INVALID_TOKEN');
  const anon = { iss: 'supabase', role: 'anon', sub: undefined, aud: undefined };
  assert.equal((await me(legacyOf(anon)).expect(401)).body.code, 'INVALID_TOKEN');
  assert.equal((await me('sb_secret_0123456789abcdef').expect(401)).body.code, 'INVALID_API_KEY');

  await app.close();
  project.close();
  project.closeAllConnections();
  await rm(folder, { recursive: true });
});
