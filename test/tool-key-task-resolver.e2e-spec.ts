import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, type INestApplication, Injectable, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { AuditTrail } from '../src/audit/audit-trail.js';
import { AuthModule } from '../src/auth/auth.module.js';
import { CurrentUser } from '../src/auth/decorators.js';
import { UserOnly } from '../src/auth/guards.js';
import { Database } from '../src/database/database.js';
import { DatabaseModule } from '../src/database/database.module.js';
import { ToolKey } from '../src/key-store/tool-key.entity.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { BuiltinIssuer } from '../src/issuer/builtin-issuer.js';
import { gatehouseEntities } from '../src/entities.js';
import { TaskResolver } from '../src/tool-keys/tool-keys.options.js';
import type { ToolKeyRequest } from '../src/tool-keys/tool-key.schemas.js';
import { ToolKeysModule } from '../src/tool-keys/tool-keys.module.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import { KeyUsage } from '../src/usage/key-usage.js';
import type { Headers } from './support/agents.js';
import type { Json } from './support/json.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

/** The tasks of a host, by their owner. */
const ownerOfTask = new Map<string, string>();
const asked: string[] = [];
/** What it answers that makes no sense. */
const answers = new Map<string, unknown>([
  ['true', true],
  ['number', 42],
  ['object', {}],
  ['empty', ''],
  ['list', ['acme']],
]);

@Injectable()
class TasksOfHost extends TaskResolver {
  constructor(private readonly database: Database) {
    super();
  }

  override async ownerOf(taskId: string, { ownerId }: AuthenticatedUser): Promise<string | null> {
    await this.database.ping();
    asked.push(`${taskId} for ${ownerId}`);
    if (taskId === 'broken') throw new Error('The tasks are out of reach');
    if (answers.has(taskId)) return answers.get(taskId) as never;
    return ownerOfTask.get(taskId) ?? null;
  }
}

@Controller('runs')
class RunsController {
  constructor(private readonly toolKeys: ToolKeysService) {}

  @Post()
  @UseGuards(UserOnly)
  async start(@CurrentUser() user: AuthenticatedUser, @Body() fields: ToolKeyRequest) {
    return { key: (await this.toolKeys.issue(user, fields)).secret };
  }
}

let app: INestApplication;
let database: ScratchDatabase;
let dataDir: string;
let issuer: BuiltinIssuer;

beforeAll(async () => {
  database = await createScratchDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  issuer = BuiltinIssuer.open(dataDir);

  @Module({
    imports: [
      DatabaseModule.forRoot({ url: database.url, entities: gatehouseEntities }),
      AuthModule.forRoot({ issuers: [issuer.options] }),
      ToolKeysModule.forRoot({ maxPerTask: 2, taskResolver: TasksOfHost }),
    ],
    controllers: [RunsController],
  })
  class HostModule {}

  app = await NestFactory.create(HostModule, new ExpressAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
});
afterAll(async () => {
  await app.close();
  await database.drop();
  await rm(dataDir, { recursive: true });
});

const person = (email = 'ada@example.com'): Headers => ({
  authorization: `Bearer ${issuer.tokenFor(email, 600)}`,
});
const send = async (method: string, path: string, headers: Headers, body?: unknown) => {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Json };
};
const issue = (taskId: string, headers = person(), fields: object = {}) =>
  send('POST', '/api/v1/tool-keys', headers, { taskId, ...fields });

/** The owner of a person, found by issuing a key for an unused task. */
const ownerOf = async (email: string) => {
  await issue('whose?', person(email));
  return asked.at(-1)?.split(' for ')[1] ?? '';
};

describe('an application with a task resolver', () => {
  it('gives keys for tasks of the issuer’s own owner, over HTTP and in code', async () => {
    ownerOfTask.set('mine', await ownerOf('ada@example.com'));
    const issued = await issue('mine');
    expect(issued.status).toBe(201);
    const started = await send('POST', '/runs', person(), { taskId: 'mine' });
    expect(started.status).toBe(201);
    const self = await send('GET', '/api/v1/tool-keys/self', { 'x-tool-key': started.body.key });
    expect([self.status, self.body.taskId]).toEqual([200, 'mine']);
  });

  it('rejects another owner’s task and an unknown one alike, and issues nothing', async () => {
    ownerOfTask.set('hers', await ownerOf('eve@example.com'));
    expect((await issue('hers', person('eve@example.com'))).status).toBe(201);
    const count = () => app.get(Database).read((manager) => manager.count(ToolKey));
    const before = await count();
    const answers = [];
    for (const taskId of ['hers', 'unknown'])
      for (const to of ['/api/v1/tool-keys', '/runs'])
        answers.push(await send('POST', to, person(), { taskId, attempt: 9 }));
    for (const { status, body } of answers) {
      expect(status).toBe(403);
      expect(body).toEqual({
        code: 'FORBIDDEN',
        message: expect.any(String),
        requestId: expect.any(String),
        details: [{ path: 'taskId', message: expect.any(String) }],
      });
    }
    expect(new Set(answers.map(({ body }) => JSON.stringify({ ...body, requestId: '' }))).size).toBe(1);
    expect(await count()).toBe(before);
    await app.get(KeyUsage).flush();
    const { events } = await app.get(AuditTrail).find({ type: 'refused' }, { limit: 1 });
    expect(events[0]).toMatchObject({
      subjectType: 'user',
      details: { reason: 'FORBIDDEN', refused: 'issue' },
    });
  });

  it('is asked for each key, those of tool keys too: a task that was taken away gets no more', async () => {
    ownerOfTask.set('taken', await ownerOf('ada@example.com'));
    const { key } = (await issue('taken')).body;
    ownerOfTask.delete('taken');
    expect((await issue('taken', { 'x-tool-key': key })).status).toBe(403);
  });

  it('is not called for an invalid request', async () => {
    const before = asked.length;
    expect((await issue('x'.repeat(300))).status).toBe(400);
    expect(asked).toHaveLength(before);
  });

  it('that fails gives no key', async () => {
    const { status, body } = await issue('broken');
    expect([status, body.code]).toEqual([503, 'AUTH_UNAVAILABLE']);
    expect(JSON.stringify(body)).not.toContain('out of reach');
  });

  it('that answers what can be no owner gives no key', async () => {
    for (const task of answers.keys()) {
      const { status, body } = await issue(task);
      expect([task, status, body.code]).toEqual([task, 503, 'AUTH_UNAVAILABLE']);
    }
  });

  it('may bound the keys of a task', async () => {
    ownerOfTask.set('crowded', await ownerOf('ada@example.com'));
    const statuses = [];
    for (let count = 0; count < 3; count += 1) statuses.push((await issue('crowded')).status);
    expect(statuses).toEqual([201, 201, 409]);
  });
});
