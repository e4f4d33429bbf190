import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
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

    it('cannot be set by a body, a query or a header', async () => {
      const { ownerId } = await caller.write(ada, 'for no one else');
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
        expect(JSON.stringify(answer.body)).not.toContain('for no one else');
        expect(await caller.verdictOf('DELETE', '/notes', { ...bob, [header]: ownerId })).toMatch(
          /^(204|40[034] )/,
        );
      }
      expect(await caller.textsOf(ada)).toContain('for no one else');
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
      const fields = { taskId: 'report', scopes: ['notes:read'] };
      const agent = { 'x-tool-key': await caller.issue(fields, example.tokens.ada) };
      const more = { ...fields, scopes: ['notes:read', 'notes:write'] };
      expect(await caller.verdictOf('POST', '/api/v1/tool-keys', agent, more)).toBe('403 INSUFFICIENT_SCOPE');
      const { body } = await caller.send('POST', '/api/v1/tool-keys', agent, fields);
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

  describe('for those who should not be there', () => {
    describe('anonymous requests', () => {
      const routes = [
        ['GET', '/notes'],
        ['POST', '/notes'],
        ['DELETE', '/notes'],
        ['GET', '/notes/01970000-0000-7000-8000-000000000000'],
        ['DELETE', '/notes/01970000-0000-7000-8000-000000000000'],
      ] as const;

      it.each(routes)('are rejected: %s %s', async (method, path) => {
        expect(await caller.verdictOf(method, path, {}, method === 'POST' ? { text: 'x' } : undefined)).toBe(
          '401 MISSING_TOKEN',
        );
        expect(
          await caller.verdictOf(method, `${path}/`, {}, method === 'POST' ? { text: 'x' } : undefined),
        ).toMatch(/^40[14]/);
      });

      it('needs a credential to see that the application is there', async () => {
        expect(await caller.send('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
      });

      it('is authenticated by a token that was made or changed by hand', async () => {
        const [head = '', payload = '', signature = ''] = example.tokens.ada.split('.');
        const [, payloadOfBob = ''] = example.tokens.bob.split('.');
        const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
        const forged = {
          'the payload of another': `${head}.${payloadOfBob}.${signature}`,
          'no algorithm': `${encode({ alg: 'none', typ: 'JWT' })}.${payload}.`,
          'no signature': `${head}.${payload}.`,
          'a key of its own': jwt.sign(claims, privateKey, { algorithm: 'ES256' }),
          'a key that it brings along': jwt.sign(claims, privateKey, {
            algorithm: 'ES256',
            header: { alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) } as jwt.JwtHeader,
          }),
          'a public key as a secret': `${encode({ alg: 'HS256' })}.${payload}.${jwt.sign(claims, pem).split('.')[2]}`,
        };
        for (const [how, token] of Object.entries(forged))
          expect([
            how,
            await caller.verdictOf('GET', '/notes', { authorization: `Bearer ${token}` }),
          ]).toEqual([how, expect.stringMatching(/^401 INVALID_(TOKEN|API_KEY)$/)]);
      });

      it('is authenticated by a key that is unknown, in the wrong place, or sent twice', async () => {
        const { key } = await caller.makeKey(['notes:read'], example.tokens.ada);
        const changed = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
        expect(await caller.verdictOf('GET', '/notes', { 'x-api-key': key })).toBe('200');
        expect(await caller.verdictOf('GET', '/notes', { 'x-api-key': changed })).toBe('401 INVALID_API_KEY');
        expect(await caller.verdictOf('GET', '/notes', { 'x-api-key': [key, key] })).toBe(
          '401 INVALID_API_KEY',
        );
        expect(await caller.verdictOf('GET', `/notes?api_key=${key}&access_token=${key}`)).toBe(
          '401 MISSING_TOKEN',
        );
        expect(await caller.verdictOf('GET', '/notes', { cookie: `api_key=${key}` })).toBe(
          '401 MISSING_TOKEN',
        );
        expect(await caller.verdictOf('GET', '/notes', { 'x-tool-key': key })).toBe('401 INVALID_TOOL_KEY');
      });
    });

    describe('odd requests', () => {
      it.each([
        ['NUL', '%00'],
        ['SQL', "'%20OR%201=1--"],
        ['a way out', '..%2f..%2fhealth'],
        ['a number', '1'],
        ['a face', '%F0%9F%98%80'],
        ['two thousand letters', 'a'.repeat(2_000)],
        ['almost an id', '01970000-0000-7000-8000-00000000000g'],
      ])('name nothing: %s', async (_what, id) => {
        const verdicts = [
          await caller.verdictOf('GET', `/notes/${id}`, ada),
          await caller.verdictOf('DELETE', `/notes/${id}`, ada),
        ];
        for (const verdict of verdicts) expect(verdict).toMatch(/^(404|414)/);
      });

      it.each<[string, unknown]>([
        ['no body', undefined],
        ['a list', []],
        ['no text', {}],
        ['an empty text', { text: '' }],
        ['a text that is too long', { text: 'x'.repeat(2_001) }],
        ['NUL, which PostgreSQL does not store', { text: 'a\0b' }],
        ['a number', { text: 1 }],
        ['half a JSON', '{"text":'],
      ])('write nothing: %s', async (_what, body) => {
        expect((await caller.send('POST', '/notes', ada, body)).status).toBe(400);
      });

      it('are stored as they are: any text is a text', async () => {
        const text = `'); DROP TABLE notes; -- <script>\u{1f600}\n${'x'.repeat(1_900)}`;
        const { id } = await caller.write(ada, text);
        expect((await caller.send('GET', `/notes/${id}`, ada)).body.text).toBe(text);
      });
    });
  });
});
