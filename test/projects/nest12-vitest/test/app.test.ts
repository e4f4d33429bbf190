import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { check, devLogin } from 'gatehouse-checks';
import { afterAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let app: INestApplication;

afterAll(() => app.close());

it("guards the README's application", async () => {
  const testing = await Test.createTestingModule({ imports: [AppModule] }).compile();
  app = testing.createNestApplication();
  await app.listen(0, '127.0.0.1');
  expect(await check({ ...devLogin, base: await app.getUrl() })).toBeGreaterThan(20);
});
