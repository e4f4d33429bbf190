import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthModule, DatabaseModule, ToolKeysModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import request from 'supertest';
import { issuer, tokenFor } from '../store/login.js';
import { ownersOfRuns, RunsResolver } from './runs.resolver.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:tasks-example.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [issuer] }),
    ToolKeysModule.forRoot({ taskResolver: RunsResolver }),
  ],
})
class AppModule {}

test('a tool key is issued only for a task of the owner', async () => {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.init();
  const ada = { authorization: `Bearer ${tokenFor('ada')}` };
  const issue = (taskId: string) =>
    request(app.getHttpServer()).post('/api/v1/tool-keys').set(ada).send({ taskId });

  const unknown = await issue('run-1').expect(403);
  ownersOfRuns.set('run-1', 'another owner');
  const foreign = await issue('run-1').expect(403);
  assert.deepEqual({ ...foreign.body, requestId: '' }, { ...unknown.body, requestId: '' });

  const { body } = await request(app.getHttpServer()).get('/api/v1/tool-keys').set(ada).expect(200);
  assert.deepEqual(body.keys, []);
  await app.close();
});
