import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Delete, Get, Param, Post, UseGuards } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { CurrentTask, type CurrentTaskInfo, CurrentUser } from '../src/auth/decorators.js';
import { MaybeAuthenticated } from '../src/auth/guards.js';
import type { AuthenticatedUser } from '../src/principal/authenticated-user.js';
import { ToolKeysService } from '../src/tool-keys/tool-keys.service.js';
import type { ToolKeyRequest } from '../src/tool-keys/tool-key.schemas.js';
import { type Agents, agentsOf, aTask, by, type Headers, verdictOf } from './support/agents.js';
import { createPersonalKey, type Gatehouse, startGatehouse } from './support/gatehouse.js';

/** An orchestrator in the same application: it hands out keys by itself, and looks after its agents. */
@Controller('orchestrator')
class OrchestratorController {
  private readonly toolKeys: ToolKeysService;

  /** The server's own, which it hands to no other module; a host that imports ToolKeysModule has it injected. */
  constructor(modules: ModuleRef) {
    this.toolKeys = modules.get(ToolKeysService, { strict: false });
  }

  @Post()
  async send(@CurrentUser() user: AuthenticatedUser, @Body() fields: ToolKeyRequest) {
    const { key, secret } = await this.toolKeys.issue(user, fields);
    return { id: key.id, key: secret, taskId: key.taskId };
  }

  @Delete(':taskId')
  end(@CurrentUser() user: AuthenticatedUser, @Param('taskId') taskId: string) {
    return this.toolKeys.endTask(user, { taskId });
  }

  @Get('task')
  task(@CurrentTask() task?: CurrentTaskInfo) {
    return { task: task ?? null };
  }

  @Get('maybe')
  @UseGuards(MaybeAuthenticated)
  maybe(@CurrentTask() task?: CurrentTaskInfo) {
    return { task: task ?? null };
  }
}

let gatehouse: Gatehouse;
let agents: Agents;

beforeAll(async () => {
  gatehouse = await startGatehouse({}, { controllers: [OrchestratorController] });
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

const send = (fields: object, requester: Headers = gatehouse.bearer()) =>
  agents.ask('POST', '/orchestrator', requester, fields);
const taskOf = async (requester: Headers, path = 'task') =>
  (await agents.ask('GET', `/orchestrator/${path}`, requester)).body.task;

describe('ToolKeysService in the same application', () => {
  it('issues a key that is good at once', async () => {
    const taskId = aTask();
    const { status, body } = await send({ taskId, scopes: ['files:read'], attempt: 2 });
    expect(status).toBe(201);
    expect((await agents.me(by(body.key))).body).toMatchObject({
      source: { keyId: body.id, taskId, attempt: 2 },
      scopes: ['files:read'],
    });
  });

  it('leaves an event without an origin, of who it was done for', async () => {
    const { body } = await send({ taskId: aTask() });
    const [event] = await agents.events({ subjectId: body.id, type: 'issued' });
    expect(event).toMatchObject({ actor: { type: 'jwt' }, ip: null, userAgent: null, requestId: null });
  });

  it('ends the keys of a task at once, and is NOT_FOUND for one without any', async () => {
    const taskId = aTask();
    const { key } = (await send({ taskId })).body;
    expect(await agents.verdict(by(key))).toBe('200');
    const path = `/orchestrator/${encodeURIComponent(taskId)}`;
    const ended = await agents.ask('DELETE', path, gatehouse.bearer());
    expect([ended.status, ended.body]).toEqual([200, { taskId, attempt: 1, ended: 1 }]);
    expect(await agents.verdict(by(key))).toBe('401 INVALID_TOOL_KEY');
    const eve = await agents.ask('DELETE', path, gatehouse.bearer('eve@example.com'));
    expect(verdictOf(eve)).toBe('404 NOT_FOUND');
  });

  it.each<[string, object | undefined, string]>([
    ['no task', {}, 'taskId'],
    ['a task id of 300 characters', { taskId: 'x'.repeat(300) }, 'taskId'],
    ['a TTL of 0', { taskId: 't', ttlSeconds: 0 }, 'ttlSeconds'],
    ['a TTL above a day', { taskId: 't', ttlSeconds: 86_401 }, 'ttlSeconds'],
    ['a scope that is none', { taskId: 't', scopes: ['files'] }, 'scopes.0'],
    [
      'a heartbeat longer than the TTL',
      { taskId: 't', ttlSeconds: 5, heartbeatSeconds: 6 },
      'heartbeatSeconds',
    ],
    ['no fields at all', undefined, 'body'],
  ])('rejects %s as the route does', async (_what, fields, path) => {
    const answer = await agents.ask('POST', '/orchestrator', gatehouse.bearer(), fields);
    expect(verdictOf(answer)).toBe('400 VALIDATION_FAILED');
    expect(answer.body.details[0].path).toBe(path);
  });

  it.each<[string, (requester: Headers) => Promise<unknown>, object, string]>([
    ['a scope that the issuer lacks', async () => {}, { scopes: ['notes:read'] }, '403 INSUFFICIENT_SCOPE'],
    [
      'a lower attempt',
      (requester) => send({ taskId: 'late', attempt: 2 }, requester),
      { taskId: 'late', attempt: 1 },
      '409 STALE_ATTEMPT',
    ],
  ])('rejects %s, and leaves an event', async (_what, prepare, fields, rejection) => {
    const service = await agents.serviceKey();
    await prepare(by(service.key));
    expect(verdictOf(await send({ taskId: 't', ...fields }, by(service.key)))).toBe(rejection);
    const [event] = await agents.events({ subjectId: service.id, type: 'refused' });
    expect(event).toMatchObject({ details: { reason: rejection.slice(4), refused: 'issue' }, ip: null });
  });
});

describe('@CurrentTask()', () => {
  it('returns the task of a tool key', async () => {
    const key = await agents.issue(gatehouse.bearer(), { attempt: 3 });
    const task = { taskId: key.taskId, attempt: 3, keyId: key.id };
    expect(await taskOf(by(key.key))).toEqual(task);
    expect(await taskOf(by(key.key), 'maybe')).toEqual(task);
  });

  it('is undefined for other callers and for anonymous requests', async () => {
    const personal = await createPersonalKey(gatehouse);
    for (const requester of [gatehouse.bearer(), by(personal.key), by(gatehouse.adminKey)])
      expect(await taskOf(requester)).toBeNull();
    expect(await taskOf({}, 'maybe')).toBeNull();
    expect(await taskOf({ 'x-tool-key': 'bad' }, 'maybe')).toBeNull();
  });
});
