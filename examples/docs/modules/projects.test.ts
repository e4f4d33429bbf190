import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuditModule, AuditTrail, type AuthenticatedUser, DatabaseModule } from 'nestjs-gatehouse';
import { Database, gatehouseEntities } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { Project, Projects } from './projects.js';

const origin = { ip: null, userAgent: null, requestId: null };
const ada: AuthenticatedUser = {
  userId: 'ada',
  ownerId: 'acme',
  email: null,
  source: { type: 'jwt' },
  role: null,
  scopes: ['*:*'],
  environment: null,
  actorChain: [{ type: 'user', id: 'ada' }],
};

test('a removal is stored with its event, or not at all', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'projects-'));
  const dataSource = await new DataSource({
    type: 'better-sqlite3',
    database: join(folder, 'app.db'),
    entities: [Project, ...gatehouseEntities],
  }).initialize();
  await dataSource.query('CREATE TABLE projects (id varchar(36) PRIMARY KEY, owner_id varchar(36) NOT NULL)');
  const database = DatabaseModule.forRoot({ dataSource, runMigrations: true });
  @Module({ imports: [database, AuditModule], providers: [Projects] })
  class AppModule {}
  const app = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const projects = app.get(Projects);
  const all = () => app.get(Database).read((manager) => manager.findBy(Project, {}));
  await app.get(Database).write((manager) =>
    manager.insert(Project, [
      { id: 'one', ownerId: 'acme' },
      { id: 'two', ownerId: 'others' },
    ]),
  );

  await projects.remove(ada, 'one', origin);
  await assert.rejects(projects.remove(ada, 'two', origin), { code: 'NOT_FOUND' });
  const { events } = await app.get(AuditTrail).find({ ownerId: 'acme' }, { limit: 10 });
  assert.deepEqual(
    events.map(({ type, details }) => [type, details]),
    [['updated', { removedProject: 'one' }]],
  );
  assert.deepEqual(
    (await all()).map(({ id }) => id),
    ['two'],
  );

  // If the event cannot be written, the row stays.
  await dataSource.query('DROP TABLE audit_events');
  await assert.rejects(projects.remove({ ...ada, ownerId: 'others' }, 'two', origin));
  assert.equal((await all()).length, 1);
  await app.close();
  await dataSource.destroy();
  await rm(folder, { recursive: true });
});
