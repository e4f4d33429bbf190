import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { type CallerHeaders, ExampleCaller } from './support/example-caller.js';
import { type ExampleProcess, startExample } from './support/example-process.js';
import { createScratchDatabase, type ScratchDatabase } from './support/scratch-database.js';

declare const databaseKind: 'sqlite' | 'postgres';

describe.each(['notes-fastify', 'notes-express'])(
  'examples/%s, for those who should not be there',
  (name) => {
    let scratch: ScratchDatabase | undefined;
    let example: ExampleProcess;
    let ada: CallerHeaders;
    let caller: ExampleCaller;

    beforeAll(async () => {
      scratch = databaseKind === 'postgres' ? await createScratchDatabase() : undefined;
      example = await startExample(name, scratch === undefined ? {} : { DATABASE_URL: scratch.url });
      caller = new ExampleCaller(example.url);
      ada = { authorization: `Bearer ${example.tokens.ada}` };
    });
    afterAll(async () => {
      const { code, output } = await example.stop();
      await scratch?.drop();
      expect([code, output]).toEqual([0, expect.not.stringMatching(/ERROR|at file:/)]);
    });

    describe('nobody', () => {
      const routes = [
        ['GET', '/notes'],
        ['POST', '/notes'],
        ['DELETE', '/notes'],
        ['GET', '/notes/01970000-0000-7000-8000-000000000000'],
        ['DELETE', '/notes/01970000-0000-7000-8000-000000000000'],
      ] as const;

      it.each(routes)('gets in: %s %s', async (method, path) => {
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

      it('becomes somebody with a token that was made or changed by hand', async () => {
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

      it('becomes somebody with a key that is unknown, in the wrong place, or sent twice', async () => {
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
  },
);
