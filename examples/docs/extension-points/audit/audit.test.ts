import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditTrail, DatabaseModule } from 'nestjs-gatehouse';
import { Database, gatehouseEntities } from 'nestjs-gatehouse/database';
import { QueueModule, Queue } from './queue.js';
import { QueueSink } from './queue.sink.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:audit-example.db', entities: gatehouseEntities }),
    QueueModule,
    AuditModule.forRoot({ sink: QueueSink }),
    AuditModule,
  ],
})
class AppModule {}

test('an event reaches the queue, and a rolled-back one does not', async () => {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const [database, trail] = [app.get(Database), app.get(AuditTrail, { strict: false })];
  const about = { subjectType: 'owner', subjectId: 'acme', ownerId: 'acme', userId: null } as const;
  const system = { user: null, origin: null };

  await database.write((manager) => trail.record(manager, system, { type: 'updated', ...about }));
  const failed = database.write(async (manager) => {
    await trail.record(manager, system, { type: 'disabled', ...about });
    throw new Error('rolled back');
  });
  await assert.rejects(failed);

  const { messages } = app.get(Queue);
  // It sends what waits; so does a job within a second or two.
  await app.close();
  const sent = [...messages.values()].map((body) => JSON.parse(body));
  assert.deepEqual(
    sent.map(({ type }) => type),
    ['updated'],
  );
});
