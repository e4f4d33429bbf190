import { type INestApplication } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Test } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { AppModule as After } from '../src/after/app.module';
import { AppModule as Before } from '../src/before/app.module';
import { secret } from '../src/auth/secret';

let app: INestApplication;
/** From the application before. */
const tokens: Record<string, string> = {};

async function start(module: typeof Before | typeof After): Promise<void> {
  const testing = await Test.createTestingModule({ imports: [module] }).compile();
  app = testing.createNestApplication();
  await app.listen(0, '127.0.0.1');
}

async function ask(method: string, path: string, headers: object = {}, body?: object) {
  const json = body && { 'content-type': 'application/json' };
  const init = { method, headers: { ...headers, ...json }, body: body && JSON.stringify(body) };
  const answer = await fetch((await app.getUrl()) + path, init);
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const account = (name: string) => ({ email: `${name}@example.com`, password: `password of ${name}` });

async function logIn(name: string): Promise<string> {
  const { status, body } = await ask('POST', '/auth/login', {}, account(name));
  expect(status).toBe(201);
  return body.token;
}

/** What clients see, in both applications. */
async function answersAreTheSame(): Promise<void> {
  const { ada, root } = tokens;
  expect(await ask('GET', '/articles', bearer(ada))).toEqual({ status: 200, body: { articlesOf: 1 } });
  expect(await ask('GET', '/articles', bearer(root))).toEqual({ status: 200, body: { articlesOf: 2 } });
  expect(await ask('DELETE', '/articles/7', bearer(root))).toEqual({ status: 200, body: { removed: '7' } });
  expect((await ask('DELETE', '/articles/7', bearer(ada))).status).toBe(403);
  expect((await ask('GET', '/articles')).status).toBe(401);
  const jwt = new JwtService({ secret });
  const payload = { id: 1, role: 'admin' };
  const refused = [
    jwt.sign(payload, { secret: 'another', expiresIn: 60 }),
    jwt.sign(payload, { expiresIn: -10 }),
    jwt.sign(payload, { expiresIn: 60 }).slice(0, -8),
  ];
  for (const token of refused) expect((await ask('GET', '/articles', bearer(token))).status).toBe(401);
  const wrong = { ...account('ada'), password: 'wrong' };
  expect((await ask('POST', '/auth/login', {}, wrong)).status).toBe(401);
}

afterEach(() => app.close());

it('works before', async () => {
  await start(Before);
  for (const name of ['ada', 'root']) await ask('POST', '/auth/register', {}, account(name));
  await app.get(DataSource).query(`UPDATE "user" SET role = 'admin' WHERE email = 'root@example.com'`);
  for (const name of ['ada', 'root']) tokens[name] = await logIn(name);
  await answersAreTheSame();
});

it('answers the same after, to the tokens of before', async () => {
  await start(After);
  await answersAreTheSame();
  await app.close();
  await start(After);
  await answersAreTheSame();
});

it('knows who registers later', async () => {
  await start(After);
  await ask('POST', '/auth/register', {}, account('grace'));
  const token = await logIn('grace');
  expect(await ask('GET', '/articles', bearer(token))).toEqual({ status: 200, body: { articlesOf: 3 } });
});

it('gives programs of a user its role, as long as their key is not revoked', async () => {
  await start(After);
  const key = { 'x-api-key': (await ask('POST', '/api/v1/auth/api-keys', bearer(tokens.root))).body.key };
  expect(await ask('GET', '/articles', key)).toEqual({ status: 200, body: { articlesOf: 2 } });
  expect((await ask('DELETE', '/articles/7', key)).status).toBe(200);
  await app.get(DataSource).query(`UPDATE "user" SET role = 'user' WHERE email = 'root@example.com'`);
  expect((await ask('DELETE', '/articles/7', key)).status).toBe(403);

  const task = { taskId: 'task-42', ttlSeconds: 600 };
  const agent = (await ask('POST', '/api/v1/tool-keys', key, task)).body.key;
  expect((await ask('GET', '/articles', { 'x-tool-key': agent })).status).toBe(403);
  await ask('DELETE', '/api/v1/auth/api-keys', bearer(tokens.root));
  expect((await ask('GET', '/articles', key)).status).toBe(401);
  expect((await ask('GET', '/articles', { 'x-tool-key': agent })).status).toBe(401);
});
