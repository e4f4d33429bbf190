import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { ApiKeysModule } from '../../src/api-keys/api-keys.module.js';
import { AuthModule } from '../../src/auth/auth.module.js';
import { CurrentUser, RequireScopes } from '../../src/auth/decorators.js';
import { Authenticated, MaybeAuthenticated, UserOnly } from '../../src/auth/guards.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import type { AuthenticatedUser } from '../../src/principal/authenticated-user.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { gatehouseEntities } from '../../src/entities.js';
import { ToolKeysModule } from '../../src/tool-keys/tool-keys.module.js';
import { createScratchDatabase, type ScratchDatabase } from '../support/scratch-database.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list(@CurrentUser() user: AuthenticatedUser) {
    return { ownerId: user.ownerId };
  }

  @Get('mine')
  @UseGuards(UserOnly)
  mine(@CurrentUser() user: AuthenticatedUser) {
    return { userId: user.userId };
  }

  @Get('open')
  @UseGuards(MaybeAuthenticated)
  open(@CurrentUser() user?: AuthenticatedUser) {
    return { known: user !== undefined };
  }

  @Get('manage')
  @UseGuards(Authenticated)
  @RequireScopes('api-keys:write')
  manage() {
    return {};
  }
}

/** A host's own module: it knows the guards and nothing else of us. */
@Module({ controllers: [NotesController] })
class NotesModule {}

let app: INestApplication;
let database: ScratchDatabase;
let dataDir: string;
let base: string;
let bearer: { authorization: string };

beforeAll(async () => {
  database = await createScratchDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  const issuer = BuiltinIssuer.open(dataDir);
  bearer = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}` };

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
      AuthModule.forRootAsync({
        useFactory: async () => ({ issuers: [issuer.options], apiKeyHeaders: ['X-Notes-Key'] }),
      }),
      ApiKeysModule,
      ToolKeysModule,
      NotesModule,
    ],
  })
  class HostModule {}

  app = await NestFactory.create(HostModule, new ExpressAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

const get = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(base + path, { headers });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
};

describe('in an Express application', () => {
  it('guards admit a user, who can make a key and use it under the host’s own header name', async () => {
    const created = await fetch(`${base}/api/v1/auth/api-keys`, { method: 'POST', headers: bearer });
    const { key } = (await created.json()) as { key: string };
    expect(created.status).toBe(201);
    const byToken = await get('/notes', bearer);
    const byKey = await get('/notes', { 'x-notes-key': key });
    expect(byToken.status).toBe(200);
    expect(byKey.body).toEqual(byToken.body);
    expect((await get('/notes/mine', { authorization: `Bearer ${key}` })).status).toBe(200);
    const scoped = await get('/notes/manage', { 'x-notes-key': key });
    expect([scoped.status, scoped.body.code]).toEqual([403, 'INSUFFICIENT_SCOPE']);
    expect((await get('/notes', { 'x-api-key': key })).body.code).toBe('MISSING_TOKEN');
  });

  it('errors have the same body and challenge', async () => {
    const rejected = await get('/notes', { authorization: 'Bearer a.b.c' });
    expect(rejected.status).toBe(401);
    expect(rejected.body).toEqual({
      code: 'INVALID_TOKEN',
      message: expect.any(String),
      requestId: rejected.headers.get('x-request-id'),
    });
    expect(rejected.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(rejected.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse", error="invalid_token"');
    expect((await get('/notes')).body.code).toBe('MISSING_TOKEN');
  });

  it('tool keys work as well', async () => {
    const body = JSON.stringify({ taskId: 'task-1', heartbeatSeconds: 10 });
    const headers = { ...bearer, 'content-type': 'application/json' };
    const issued = await fetch(`${base}/api/v1/tool-keys`, { method: 'POST', headers, body });
    const { id, key } = (await issued.json()) as { id: string; key: string };
    expect((await get('/notes', { 'x-tool-key': key })).status).toBe(200);
    expect((await get('/notes/mine', { 'x-tool-key': key })).status).toBe(403);
    expect((await get('/api/v1/tool-keys/self', { 'x-tool-key': key })).body).toMatchObject({ id });
    expect((await get('/api/v1/tool-keys?taskId=task-1', bearer)).body.keys).toMatchObject([{ id }]);
  });

  it('requests are checked though the host has no pipe', async () => {
    const bad = await fetch(`${base}/api/v1/auth/api-keys`, {
      method: 'POST',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ name: '' }),
    });
    expect(bad.status).toBe(400);
    expect(await bad.json()).toMatchObject({ code: 'VALIDATION_FAILED', details: [{ path: 'name' }] });
    expect((await get('/api/v1/tool-keys?limit=0', bearer)).body.code).toBe('VALIDATION_FAILED');
  });

  it('MaybeAuthenticated admits anonymous requests', async () => {
    expect((await get('/notes/open')).body).toEqual({ known: false });
    expect((await get('/notes/open', bearer)).body).toEqual({ known: true });
    expect((await get('/notes/open', { authorization: 'Bearer a.b.c' })).body).toEqual({ known: false });
  });

  it('a repeated Authorization is rejected', async () => {
    const { request } = await import('node:http');
    const status = await new Promise((resolve) => {
      request(`${base}/notes`, {
        headers: { authorization: [bearer.authorization, bearer.authorization] as never },
      })
        .on('response', (response) => resolve(response.resume().statusCode))
        .end();
    });
    expect(status).toBe(401);
  });
});
