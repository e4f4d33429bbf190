import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ApiKeysModule, AuthModule, DatabaseModule } from 'nestjs-gatehouse';
import { gatehouseEntities } from 'nestjs-gatehouse/database';
import type { KeyText } from 'nestjs-gatehouse/seams';
import { AcmeFormat } from './acme.format.js';

@Module({
  imports: [
    DatabaseModule.forRoot({ url: 'sqlite:keys-example.db', entities: gatehouseEntities }),
    AuthModule.forRoot({ keyFormat: AcmeFormat }),
    ApiKeysModule,
  ],
})
class AppModule {}

/** Its keys can be guessed in an afternoon. */
class WeakFormat extends AcmeFormat {
  override create(): KeyText {
    return { key: `acme-live-${randomBytes(4).toString('hex').padEnd(48, '0')}`, prefix: 'acme-live-' };
  }
}

test('keys have the format', () => {
  const format = new AcmeFormat();
  const { key, prefix } = format.create('live');
  assert.match(key, /^acme-live-[0-9a-f]{48}$/);
  assert.equal(prefix, key.slice(0, 16));
  assert.equal(format.recognise(key.slice(1)), 'MALFORMED');
});

test('an application starts with this format, but not with guessable keys', async () => {
  await (await NestFactory.createApplicationContext(AppModule, { logger: false })).close();

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: 'sqlite:weak-example.db', entities: gatehouseEntities }),
      AuthModule.forRoot({ keyFormat: WeakFormat }),
    ],
  })
  class WeakModule {}
  const start = NestFactory.createApplicationContext(WeakModule, { logger: false, abortOnError: false });
  await assert.rejects(start, /WeakFormat cannot create keys/);
});
