import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { asApiKey, AuthTestingModule, FixedClock } from 'nestjs-gatehouse/testing';
import { NotesModule } from './notes.module.js';

test('a key has a limit until it expires', async () => {
  const clock = new FixedClock('2030-01-01T00:00:00Z');
  const root = { module: class TestModule {}, imports: [AuthTestingModule.forRoot({ clock }), NotesModule] };
  const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
  await app.init();
  const headers = asApiKey({
    role: 'read_only',
    expiresAt: new Date('2030-01-02T00:00:00Z'),
    rateLimit: { limit: 1, windowSeconds: 60 },
  });
  const status = async () => (await app.inject({ url: '/notes', headers })).statusCode;

  assert.deepEqual([await status(), await status()], [200, 429]);
  clock.advance(60_000);
  assert.equal(await status(), 200);
  clock.set('2030-01-02T00:00:00Z');
  assert.equal(await status(), 401);
  await app.close();
});
