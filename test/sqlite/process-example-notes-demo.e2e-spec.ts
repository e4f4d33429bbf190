import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { ExampleCaller } from '../support/example-caller.js';
import { buildExample, type ExampleProcess, startExample } from '../support/example-process.js';

const run = promisify(execFile);
const examples = join(import.meta.dirname, '../../examples');
const hasTools = await run('sh', ['-c', 'command -v curl && command -v jq']).then(
  () => true,
  () => false,
);

const told = ['404', '["Buy milk"]', '["notes:write"]', '"an agent, for the task shopping"', '403', '401'];

describe.each([
  ['notes-fastify', told],
  ['notes-express', told.slice(0, 1)],
])('examples/%s', (name, answers) => {
  it('plays its story with the typed client, and leaves nothing behind', async () => {
    const script = await buildExample(`${name}:demo`);
    const folder = await mkdtemp(join(tmpdir(), 'gatehouse-example-'));
    const env = { PATH: process.env.PATH, TMPDIR: folder };
    const { stdout, stderr } = await run(process.execPath, [script], { cwd: folder, env });
    expect(stdout.trimEnd().split('\n')).toEqual([
      'Ada writes a note. For Bob it does not exist: 404 NOT_FOUND, and he has 0 notes',
      'Her program reads 1 note, and to write it lacks notes:write',
      'A note is written by an agent, for the task shopping. It may not throw all of them away: 403 FORBIDDEN',
      "The task ends, and the agent's key with it: 401 INVALID_TOOL_KEY",
      'Ada has "Buy milk" by ada@example.com, "Milk is bought" by an agent, for the task shopping',
    ]);
    expect(stderr).not.toMatch(/(mk_live|tk)_\w{9}|eyJ/);
    expect(await readdir(folder)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('takes the tokens of an identity provider that it is given, and prints none', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const keys = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
    const provider = createServer((_request, response) => response.end(keys)).listen(0, '127.0.0.1');
    await once(provider, 'listening');
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
    const example = await startExample(name, { JWT_ISSUER: issuer });
    try {
      const sign = (audience: string) =>
        jwt.sign({}, privateKey, { algorithm: 'ES256', subject: 'ada', issuer, audience, expiresIn: '1m' });
      const caller = new ExampleCaller(example.url);
      const verdictOn = (token: string) =>
        caller.verdictOf('GET', '/notes', { authorization: `Bearer ${token}` });
      expect(await verdictOn(sign('notes'))).toBe('200');
      expect(await verdictOn(sign('others'))).toBe('401 INVALID_TOKEN');
    } finally {
      expect((await example.stop()).output).not.toMatch(/ADA=|eyJ/);
      provider.close();
      provider.closeAllConnections();
    }
  });

  (hasTools ? it : it.skip)(
    'does what its README says',
    async () => {
      const example: ExampleProcess = await startExample(name, {});
      try {
        const page = await readFile(join(examples, name, 'README.md'), 'utf8');
        const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, text = '']) => text);
        const commands = blocks.filter((text) => text.includes('curl')).join('\n');
        const env = { PATH: process.env.PATH, ADA: example.tokens.ada, BOB: example.tokens.bob };
        const script = commands.replaceAll('http://127.0.0.1:3000', example.url);
        const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { env });
        expect(stdout.trimEnd().split('\n')).toEqual(answers);
      } finally {
        await example.stop();
      }
    },
    120_000,
  );
});
