import { type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { check, createLogin, devLogin } from 'gatehouse-checks';
import { Database, Owner } from 'nestjs-gatehouse/database';
import { DataSource } from 'typeorm';
import { AppModule } from '../src/app.module';
import { HostModule } from '../src/host.module';

const login = createLogin();
const started: INestApplication[] = [];

async function start(module: unknown): Promise<INestApplication> {
  const testing = await Test.createTestingModule({ imports: [module as never] }).compile();
  const app = testing.createNestApplication();
  started.push(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

afterAll(() => Promise.all(started.map((app) => app.close())));

it('guards an application with its own data source', async () => {
  const app = await start(HostModule);
  const dataSource = app.get(DataSource);
  await dataSource.query(
    'CREATE TABLE note (id serial PRIMARY KEY, "ownerId" text, text text, "createdAt" timestamp)',
  );
  expect(await check({ ...login, base: await app.getUrl() })).toBeGreaterThan(20);
  expect(await dataSource.query('SELECT * FROM auth.gh_owners')).toHaveLength(2);
});

it.each([HostModule, AppModule])('never takes an absent owner for all of them: %p', async (module) => {
  const database = (await start(module)).get(Database);
  for (const id of [undefined, null] as never[])
    await expect(database.read((manager) => manager.findBy(Owner, { id }))).rejects.toThrow('where');
});

it("guards the README's application", async () => {
  const app = await start(AppModule);
  expect(await check({ ...devLogin, base: await app.getUrl() })).toBeGreaterThan(20);
});
