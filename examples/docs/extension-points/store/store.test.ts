import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ApiKeysModule,
  Authenticated,
  type AuthenticatedUser,
  AuthModule,
  CurrentUser,
  DatabaseModule,
} from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { ApiKeyStore } from 'nestjs-gatehouse/seams';
import request from 'supertest';
import { CountingStore } from './counting.store.js';
import { issuer, tokenFor } from './login.js';

@Controller('notes')
class NotesController {
  @Get()
  @UseGuards(Authenticated)
  list(@CurrentUser() user: AuthenticatedUser) {
    return { by: user.source.type };
  }
}

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:store-example.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ issuers: [issuer], apiKeyStore: CountingStore }),
    ApiKeysModule,
  ],
  controllers: [NotesController],
})
class AppModule {}

test('keys are created, looked up once and revoked in the store', async () => {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.init();
  const server = app.getHttpServer();
  const ada = { authorization: `Bearer ${tokenFor('ada')}` };
  const store = app.get<CountingStore>(ApiKeyStore, { strict: false });

  const { body } = await request(server).post('/api/v1/auth/api-keys').set(ada).expect(201);
  for (let turn = 0; turn < 3; turn += 1)
    await request(server).get('/notes').set('X-API-Key', body.key).expect(200, { by: 'api_key' });
  assert.equal(store.lookups, 1);

  await request(server).delete('/api/v1/auth/api-keys').set(ada).expect(200);
  await request(server).get('/notes').set('X-API-Key', body.key).expect(401);
  await app.close();
});
