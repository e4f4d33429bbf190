import assert from 'node:assert/strict';
import test from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditTrail, type AuthenticatedUser } from 'nestjs-gatehouse';
import { ApiKey } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { AppModule } from './app.module.js';
import { Note } from './note.js';
import { NotesService } from './notes.service.js';

@Module({ imports: [AppModule, AuditModule], providers: [NotesService] })
class NotesModule {}

const user: AuthenticatedUser = {
  userId: null,
  ownerId: 'ada',
  email: null,
  source: { type: 'jwt' },
  role: null,
  scopes: ['*:*'],
  environment: null,
  actorChain: [],
};

test('a note is stored with its event, on the data source of the application', async () => {
  const app = await NestFactory.createApplicationContext(NotesModule, { logger: false });
  const note = await app.get(NotesService).create(user);
  const dataSource = app.get(DataSource);
  assert.equal(await dataSource.getRepository(Note).countBy({ id: note.id }), 1);
  const { events } = await app.get(AuditTrail).find({ ownerId: 'ada' }, { limit: 10 });
  assert.deepEqual(
    events.map(({ details }) => details),
    [note],
  );
  assert.equal(dataSource.getRepository(ApiKey).metadata.tableName, 'gh_api_keys');
  await app.close();
  assert.equal(dataSource.isInitialized, false);
});
