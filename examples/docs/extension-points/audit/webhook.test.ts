import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditTrail, DatabaseModule } from 'nestjs-gatehouse';
import { Database, gatehouseEntities } from 'nestjs-gatehouse/database';
import { WebhookAuditSink } from 'nestjs-gatehouse/seams';
import { receive } from './receiver.js';

test('the receiver verifies the signature of an event', async () => {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const taken = new Map<string, string>();
  const receiver = receive(secret, ({ id, type }) => taken.set(id, type));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: 'sqlite:webhook-example.db', entities: gatehouseEntities }),
      AuditModule.forRootAsync({ useFactory: () => ({ sink: new WebhookAuditSink({ url, secret }) }) }),
      AuditModule,
    ],
  })
  class AppModule {}

  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const about = { subjectType: 'owner', subjectId: 'acme', ownerId: 'acme', userId: null } as const;
  await app
    .get(Database)
    .write((manager) =>
      app
        .get(AuditTrail, { strict: false })
        .record(manager, { user: null, origin: null }, { type: 'updated', ...about }),
    );
  // It sends what waits; so does a job within a second or two.
  await app.close();
  assert.deepEqual([...taken.values()], ['updated']);
  receiver.close();
});
