import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type INestApplication, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ApiKeysModuleOptions } from '../../src/api-keys/key-quota.js';
import { GatehouseModule } from '../../src/gatehouse/gatehouse.module.js';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { createScratchDatabase } from '../support/scratch-database.js';
import { type LocalServer, startLocalServer } from '../support/local-server.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
let keys: LocalServer;
let dataDir: string;
let issuer: BuiltinIssuer;

beforeAll(async () => {
  const key = publicKey.export({ type: 'spki', format: 'pem' });
  keys = await startLocalServer((_request, response) =>
    response.end(JSON.stringify({ public_keys: [{ key_identifier: 'one', key }] })),
  );
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'));
  issuer = BuiltinIssuer.open(dataDir);
});
afterAll(async () => {
  await keys.close();
  await rm(dataDir, { recursive: true });
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function startHost(kind: string, apiKeys: ApiKeysModuleOptions, rawBody: boolean) {
  const database = await createScratchDatabase();
  const module = GatehouseModule.forRoot({
    database: { url: database.url },
    issuers: [issuer.options],
    apiKeys,
  });
  @Module({ imports: [module] })
  class HostModule {}
  const adapter = kind === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
  const app: INestApplication = await NestFactory.create(HostModule, adapter, {
    rawBody,
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  const base = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(base + path, { method, headers: { ...type, ...headers }, body: body ?? null });
    return { status: answer.status, body: JSON.parse((await answer.text()) || '{}') };
  };
  const createKey = async (): Promise<string> => {
    const bearer = { authorization: `Bearer ${issuer.tokenFor('ada@example.com', 600)}` };
    return (await send('POST', '/api/v1/api-keys', bearer, '{"name":"x","scopes":[]}')).body.key;
  };
  const close = async () => {
    await app.close();
    await database.drop();
  };
  return { send, createKey, close };
}

const signed = (body: string) => ({
  'github-public-key-identifier': 'one',
  'github-public-key-signature': sign('sha256', Buffer.from(body), privateKey).toString('base64'),
});

describe.each(['Express', 'Fastify'])('an application on %s', (kind) => {
  it('has keys that end themselves, and takes reports of anyone and of GitHub', async () => {
    const host = await startHost(kind, { leaks: { githubKeysUrl: keys.url } }, true);
    const [own, found, matched] = [await host.createKey(), await host.createKey(), await host.createKey()];
    const statusOf = async (key: string) =>
      (await host.send('POST', '/api/v1/auth/token', { 'x-api-key': key })).status === 404 &&
      (await host.send('DELETE', '/api/v1/auth/self', { 'x-api-key': key })).status;
    expect(await statusOf(own)).toBe(200);
    expect((await host.send('POST', '/api/v1/leaks', {}, JSON.stringify({ token: found }))).status).toBe(202);
    // As other programs write JSON: the signature is that of the bytes.
    const body = `[ {"token" : "${matched}", "url":"https:\\/\\/github.com/x"} ]\n`;
    expect((await host.send('POST', '/api/v1/leaks/github', signed(`${body} `), body)).status).toBe(403);
    expect((await host.send('POST', '/api/v1/leaks/github', signed(body), body)).status).toBe(202);
    for (const key of [own, found, matched]) expect(await statusOf(key)).toBe(401);
    await host.close();
  });

  it('says so if it keeps no raw bodies, and has no routes that it does not want', async () => {
    const host = await startHost(kind, { leaks: { githubKeysUrl: keys.url } }, false);
    const lines: unknown[] = [];
    jest.spyOn(Logger.prototype, 'error').mockImplementation((line) => void lines.push(line));
    const { status, body } = await host.send('POST', '/api/v1/leaks/github', signed('[]'), '[]');
    expect([status, body.code]).toEqual([500, 'INTERNAL_ERROR']);
    expect(lines).toContainEqual(expect.stringContaining('NestFactory.create(AppModule, { rawBody: true })'));
    await host.close();
    const without = await startHost(
      kind,
      { controllers: ['self'], leaks: { githubKeysUrl: keys.url } },
      true,
    );
    expect((await without.send('POST', '/api/v1/leaks', {}, '{"token":"x"}')).status).toBe(404);
    expect((await without.send('POST', '/api/v1/leaks/github', signed('[]'), '[]')).status).toBe(404);
    await without.close();
  });
});
