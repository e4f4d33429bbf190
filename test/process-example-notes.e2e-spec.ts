import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dataOf } from '../src/client/index.js';
import { type CallerHeaders, ExampleCaller } from './support/example-caller.js';
import { type ExampleProcess, startExample } from './support/example-process.js';
import type { Json } from './support/json.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

declare const databaseKind: 'sqlite' | 'postgres';

describe.each(['notes-fastify', 'notes-express'])('examples/%s', (name) => {
  let scratch: ScratchDatabase | undefined;
  let example: ExampleProcess;
  let ada: CallerHeaders;
  let bob: CallerHeaders;
  let caller: ExampleCaller;

  beforeAll(async () => {
    scratch = databaseKind === 'postgres' ? await createScratchDatabase() : undefined;
    example = await startExample(name, scratch === undefined ? {} : { DATABASE_URL: scratch.url });
    caller = new ExampleCaller(example.url);
    ada = { authorization: `Bearer ${example.tokens.ada}` };
    bob = { authorization: `Bearer ${example.tokens.bob}` };
  });
  afterAll(async () => {
    const { code, output } = await example.stop();
    await scratch?.drop();
    expect([code, output]).toEqual([0, expect.not.stringMatching(/ERROR|at file:/)]);
  });

  describe('another owner', () => {
    it('has notes that are not there: neither to read nor to delete, one by one or all', async () => {
      const { id } = await caller.write(ada, 'of Ada alone');
      expect(await caller.verdictOf('GET', `/notes/${id}`, ada)).toBe('200');
      expect(await caller.verdictOf('GET', `/notes/${id}`, bob)).toBe('404 NOT_FOUND');
      expect(await caller.verdictOf('DELETE', `/notes/${id}`, bob)).toBe('404 NOT_FOUND');
      expect(await caller.verdictOf('DELETE', '/notes', bob)).toBe('204');
      expect(await caller.textsOf(bob)).toEqual([]);
      expect(await caller.textsOf(ada)).toContain('of Ada alone');
    });

    it('is nobody whom a body, a query or a header could name', async () => {
      const { ownerId } = await caller.write(ada, 'for nobody else');
      for (const field of ['ownerId', 'owner_id', 'id', 'writtenBy'])
        expect([
          field,
          await caller.verdictOf('POST', '/notes', bob, `{"text":"x","${field}":"${ownerId}"}`),
        ]).toEqual([field, '400 VALIDATION_FAILED']);
      expect((await caller.send('GET', `/notes?ownerId=${ownerId}&owner_id=${ownerId}`, bob)).body).toEqual(
        [],
      );
      for (const header of ['x-owner-id', 'x-gatehouse-owner', 'x-owner', 'x-user-id', 'x-tenant-id']) {
        const answer = await caller.send('GET', '/notes', { ...bob, [header]: ownerId });
        expect(JSON.stringify(answer.body)).not.toContain('for nobody else');
        expect(await caller.verdictOf('DELETE', '/notes', { ...bob, [header]: ownerId })).toMatch(
          /^(204|40[034] )/,
        );
      }
      expect(await caller.textsOf(ada)).toContain('for nobody else');
    });

    it('has keys of its own, which open its notes and no others', async () => {
      const { key: apiKey } = await caller.makeKey(['notes:read', 'notes:write'], example.tokens.bob);
      const agent = { 'x-tool-key': await caller.issue({ taskId: 'spy' }, example.tokens.bob) };
      const { id } = await caller.write(ada, 'not for keys of Bob');
      for (const headers of [{ 'x-api-key': apiKey }, agent] as CallerHeaders[]) {
        expect(await caller.verdictOf('GET', `/notes/${id}`, headers)).toBe('404 NOT_FOUND');
        expect(await caller.verdictOf('DELETE', `/notes/${id}`, headers)).toBe('404 NOT_FOUND');
        expect(await caller.textsOf(headers)).toEqual([]);
      }
    });

    it('manages its own keys and tasks, and cannot touch others', async () => {
      const { id, key } = await caller.makeKey(['notes:read'], example.tokens.ada);
      const toolKey = await caller.issue({ taskId: 'same-name' }, example.tokens.ada);
      await caller.issue({ taskId: 'same-name' }, example.tokens.bob);
      for (const [method, path] of [
        ['GET', `/api/v1/api-keys/${id}`],
        ['DELETE', `/api/v1/api-keys/${id}`],
        ['POST', `/api/v1/api-keys/${id}/rotate`],
      ] as const)
        expect([path, await caller.verdictOf(method, path, bob, method === 'POST' ? {} : undefined)]).toEqual(
          [path, '404 NOT_FOUND'],
        );
      expect((await caller.send('DELETE', '/api/v1/tasks/same-name/tool-keys', bob)).body).toMatchObject({
        ended: 1,
      });
      expect(await caller.verdictOf('GET', '/notes', { 'x-api-key': key })).toBe('200');
      expect(await caller.verdictOf('GET', '/notes', { 'x-tool-key': toolKey })).toBe('200');
    });
  });

  describe('a program', () => {
    it('does what its key was given, until that is revoked', async () => {
      const { id, key } = await caller.makeKey(['notes:read'], example.tokens.ada);
      const program = { 'x-api-key': key };
      expect(await caller.textsOf(program)).toEqual(await caller.textsOf(ada));
      expect(await caller.send('POST', '/notes', program, { text: 'x' })).toMatchObject({
        status: 403,
        body: { code: 'INSUFFICIENT_SCOPE', details: { missing: ['notes:write'] } },
      });
      expect(await caller.verdictOf('DELETE', '/notes', program)).toBe('403 INSUFFICIENT_SCOPE');
      expect(await caller.verdictOf('POST', '/api/v1/api-keys', program, { name: 'x' })).toBe(
        '403 INSUFFICIENT_SCOPE',
      );
      expect(await caller.verdictOf('DELETE', `/api/v1/api-keys/${id}`, ada)).toBe('200');
      expect(await caller.verdictOf('GET', '/notes', program)).toBe('401 INVALID_API_KEY');
    });
  });

  describe('an agent', () => {
    it('writes in the name of its task, and does not what is for users', async () => {
      const agent = { 'x-tool-key': await caller.issue({ taskId: 'tidy' }, example.tokens.ada) };
      const { body } = await caller.send('POST', '/notes', agent, { text: 'by an agent' });
      expect(body).toMatchObject({ writtenBy: 'an agent, for the task tidy' });
      expect(await caller.verdictOf('DELETE', '/notes', agent)).toBe('403 FORBIDDEN');
      expect(await caller.verdictOf('POST', '/api/v1/auth/api-keys', agent)).toBe('403 FORBIDDEN');
      expect(await caller.verdictOf('POST', '/api/v1/api-keys', agent, { name: 'x' })).toMatch(/^403 /);
      expect(await caller.textsOf(ada)).toContain('by an agent');
      expect(await caller.verdictOf('DELETE', `/notes/${body.id}`, agent)).toBe('204');
    });

    it('hands on no more than it has, and ends with its task', async () => {
      const wish = { taskId: 'report', scopes: ['notes:read'] };
      const agent = { 'x-tool-key': await caller.issue(wish, example.tokens.ada) };
      const more = { ...wish, scopes: ['notes:read', 'notes:write'] };
      expect(await caller.verdictOf('POST', '/api/v1/tool-keys', agent, more)).toBe('403 INSUFFICIENT_SCOPE');
      const { body } = await caller.send('POST', '/api/v1/tool-keys', agent, wish);
      const subAgent = { 'x-tool-key': body.key };
      expect(await caller.verdictOf('GET', '/notes', subAgent)).toBe('200');
      const { id } = (await caller.send('GET', '/api/v1/tool-keys/self', agent)).body;
      const tree = await caller.send('GET', `/api/v1/tool-keys/${id}/tree`, ada);
      expect(tree.body.keys.map((key: Json) => key.id)).toEqual([id, body.id]);
      expect(await caller.verdictOf('DELETE', '/api/v1/tasks/report/tool-keys', ada)).toBe('200');
      expect(await caller.verdictOf('GET', '/notes', agent)).toBe('401 INVALID_TOOL_KEY');
      expect(await caller.verdictOf('GET', '/notes', subAgent)).toBe('401 INVALID_TOOL_KEY');
    });
  });

  it('writes notes and keys that come together, each of them once', async () => {
    const token = example.tokens.bob;
    const writing = Array.from({ length: 20 }, (_, number) => caller.write(bob, `note ${number}`));
    const making = Array.from({ length: 5 }, () => caller.makeKey(['notes:read'], token));
    await Promise.all([...writing, ...making]);
    expect((await caller.textsOf(bob)).sort()).toEqual(writing.map((_, number) => `note ${number}`).sort());
    const { keys } = await dataOf(caller.client({ token }).GET('/api/v1/api-keys'));
    const made = new Set((await Promise.all(making)).map(({ id }) => id));
    expect(keys.filter(({ id }) => made.has(id))).toHaveLength(5);
  });
});
