import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConsoleServer } from '../../src/server/http/console.js';
import { eventually } from '../support/eventually.js';
import { type Gatehouse, startGatehouse } from '../support/gatehouse.js';
import { type LocalServer, startLocalServer } from '../support/local-server.js';

const standing =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

let issuer: LocalServer;
let gatehouse: Gatehouse;
let isDown: boolean;
let isSilent: boolean;
let tokenEndpoint: string;

const start = (login: object = {}) =>
  startGatehouse({
    console: true,
    consoleLogin: { issuer: issuer.url, clientId: 'console', scope: 'openid', ...login },
  });

beforeEach(async () => {
  [isDown, isSilent] = [false, false];
  issuer = await startLocalServer((_, response) => {
    if (isSilent) return undefined;
    if (isDown) return response.writeHead(503).end();
    return response.end(
      JSON.stringify({
        issuer: issuer.url,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: tokenEndpoint,
      }),
    );
  });
  tokenEndpoint = `${issuer.url}/token`;
});

afterEach(async () => {
  await gatehouse.close();
  await issuer.close();
});

const get = (path: string) => gatehouse.send('GET', `/console${path}`);
const policyOf = async (path: string) => (await get(path)).headers['content-security-policy'];

describe('sign-in to the console', () => {
  it('adds exactly the token endpoint to the policy, of the page of the answer alone', async () => {
    gatehouse = await start();
    const answer = await get('/signed-in?code=a-code&state=a');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-security-policy': standing.replace("'self'; base", `'self' ${tokenEndpoint}; base`),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
    expect(answer.text).not.toContain('a-code');
    for (const path of ['', '/', '/keys', '/signed-in/', '/signed-in/more', '/login.json'])
      expect(await policyOf(path)).toBe(standing);
  });

  it('tells the page the client and the endpoints', async () => {
    gatehouse = await start({ resource: 'api' });
    const { status, headers, body } = await get('/login.json');
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(body).toEqual({
      issuer: issuer.url,
      clientId: 'console',
      scope: 'openid',
      resource: 'api',
      authorizationEndpoint: `${issuer.url}/authorize`,
      tokenEndpoint,
      hasIssuerInAnswers: false,
    });
  });

  it('leaves the console as it is while the issuer is down, and heals', async () => {
    isDown = true;
    gatehouse = await start();
    const { body } = await get('/login.json');
    expect(body).toEqual({ issuer: issuer.url, clientId: 'console', scope: 'openid' });
    expect((await get('/keys')).status).toBe(200);
    expect(await policyOf('/signed-in')).toBe(standing);
    isDown = false;
    await eventually(async () => expect(await policyOf('/signed-in')).toContain(tokenEndpoint));
  });

  it('never writes what a document puts in as a directive', async () => {
    tokenEndpoint = `${issuer.url}/token; script-src *`;
    gatehouse = await start();
    expect(await policyOf('/signed-in')).toBe(standing);
    expect((await get('/login.json')).body).not.toHaveProperty('tokenEndpoint');
  });

  it('is the same on a port of its own', async () => {
    gatehouse = await start();
    const apart = new ConsoleServer(gatehouse.app.getHttpAdapter().getInstance(), gatehouse.configuration);
    const url = await apart.listen({ port: 0, host: '127.0.0.1' });
    const answer = await fetch(`${url}/console/signed-in?code=a-code`);
    expect(answer.headers.get('content-security-policy')).toContain(`'self' ${tokenEndpoint};`);
    expect(await (await fetch(`${url}/console/login.json`)).json()).toMatchObject({ clientId: 'console' });
  });

  it('reads no further from a connection whose requests wait, on its own port, while the issuer is silent', async () => {
    isSilent = true;
    gatehouse = await start();
    const apart = new ConsoleServer(gatehouse.app.getHttpAdapter().getInstance(), gatehouse.configuration);
    const { port } = new URL(await apart.listen({ port: 0, host: '127.0.0.1' }));
    const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    const request = `GET /console/login.json HTTP/1.1\r\nx-long: ${'x'.repeat(8_000)}\r\n\r\n`;
    // More than the kernel takes of a connection.
    socket.write(request.repeat(4_000));
    const isRead = once(socket, 'drain').then(() => true);
    expect(await Promise.race([isRead, sleep(2_000, false)])).toBe(false);
    expect((await fetch(`http://127.0.0.1:${port}/console/`)).status).toBe(200);
    socket.destroy();
  });

  it('is not offered unless it is configured', async () => {
    gatehouse = await startGatehouse({ console: true });
    expect((await get('/login.json')).body).toBeNull();
    expect(await policyOf('/signed-in?code=a-code')).toBe(standing);
  });
});
