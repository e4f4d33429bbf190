import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuthModule, DatabaseModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import { asUser, AuthTestingModule } from 'nestjs-gatehouse/testing';
import request from 'supertest';
import { NotesModule } from './notes.module.js';

const database = DatabaseModule.forRoot({ url: 'postgres://db.internal/notes', entities: gatehouseEntities });
const auth = AuthModule.forRoot({ keyPrefix: 'notes' });

@Module({ imports: [database, auth, NotesModule] })
class AppModule {}

test('the application starts without its database', async () => {
  const testing = await Test.createTestingModule({ imports: [AppModule] })
    .overrideModule(database)
    .useModule(class NothingModule {})
    .overrideModule(auth)
    .useModule(AuthTestingModule.forRoot({ keyPrefix: 'notes' }))
    .compile();
  const app = await testing.createNestApplication().init();
  await request(app.getHttpServer()).get('/notes').set(asUser()).expect(200);
  await app.close();
});
