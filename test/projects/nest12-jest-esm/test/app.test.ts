import { afterAll, expect, it } from '@jest/globals';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { check, devLogin } from 'gatehouse-checks';
import { AppModule } from '../src/app.module.js';

let app: NestFastifyApplication;

afterAll(() => app.close());

it("guards the README's application", async () => {
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.listen(0, '127.0.0.1');
  expect(await check({ ...devLogin, base: await app.getUrl() })).toBeGreaterThan(20);
});
