import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeysModule, AuthModule, DatabaseModule, gatehouseEntities, type KeyText } from 'gatehouse';
import { AcmeFormat } from './acme.format.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:keys-example.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ keyFormat: AcmeFormat }),
    ApiKeysModule,
  ],
})
class AppModule {}

/** All of its keys could be tried in an afternoon. */
class WeakFormat extends AcmeFormat {
  override create(): KeyText {
    return { key: `acme-live-${randomBytes(4).toString('hex').padEnd(48, '0')}`, prefix: 'acme-live-' };
  }
}

test('keys are spelled as the format has it', () => {
  const format = new AcmeFormat();
  const { key, prefix } = format.create('live');
  assert.match(key, /^acme-live-[0-9a-f]{48}$/);
  assert.equal(prefix, key.slice(0, 16));
  assert.equal(format.recognise(key.slice(1)), 'MALFORMED');
});

test('an application with them starts, and one with guessable keys does not', async () => {
  await (await NestFactory.createApplicationContext(AppModule, { logger: false })).close();

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: 'sqlite:weak-example.db', entities: gatehouseEntities }),
      AuthModule.forRoot({ keyFormat: WeakFormat }),
    ],
  })
  class WeakModule {}
  const start = NestFactory.createApplicationContext(WeakModule, { logger: false, abortOnError: false });
  await assert.rejects(start, /Keys cannot be made by WeakFormat/);
});
