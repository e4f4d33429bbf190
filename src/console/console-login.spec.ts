import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../test/support/eventually.js';
import { type LocalServer, startLocalServer } from '../../test/support/local-server.js';
import { Clock } from '../support/clock.js';
import { ConsoleLogin } from './console-login.js';

const minute = 60_000;

class FakeClock extends Clock {
  time = 1_000_000;
  override ticks(): number {
    return this.time;
  }
}

let server: LocalServer;
let clock: FakeClock;
let fetches: number;
let isDown: boolean;
let tokenPath: string;
let warn: jest.Mock<(message: string) => void>;
let log: jest.Mock<(message: string) => void>;

beforeEach(async () => {
  [fetches, isDown, tokenPath] = [0, false, '/token'];
  clock = new FakeClock();
  warn = jest.fn<(message: string) => void>();
  log = jest.fn<(message: string) => void>();
  server = await startLocalServer(({ url = '' }, response) => {
    if (url !== '/.well-known/openid-configuration') return response.writeHead(404).end();
    fetches += 1;
    if (isDown) return response.writeHead(503).end();
    const issuer = server.url;
    const authorization_endpoint = `${issuer}/authorize`;
    return response.end(
      JSON.stringify({ issuer, authorization_endpoint, token_endpoint: issuer + tokenPath }),
    );
  });
});

afterEach(() => server.close());

const options = () => ({ issuer: server.url, clientId: 'console', scope: 'openid' });
const open = () => new ConsoleLogin(options(), clock, { warn, log });

describe('ConsoleLogin', () => {
  it('describes the client and the endpoints to the page', async () => {
    expect(await open().describe()).toEqual({
      ...options(),
      authorizationEndpoint: `${server.url}/authorize`,
      tokenEndpoint: `${server.url}/token`,
      hasIssuerInAnswers: false,
    });
  });

  it('shares one fetch among requests, and fetches again after 10 minutes without making them wait', async () => {
    const login = open();
    await Promise.all(Array.from({ length: 50 }, () => login.current()));
    clock.time += 10 * minute - 1;
    await login.current();
    expect(fetches).toBe(1);
    clock.time += 1;
    tokenPath = '/oauth/token';
    expect((await login.current())?.tokenEndpoint).toBe(`${server.url}/token`);
    const renewed = `${server.url}/oauth/token`;
    await eventually(async () => expect((await login.current())?.tokenEndpoint).toBe(renewed));
    expect(fetches).toBe(2);
  });

  it('is not available without metadata, asks again after a pause only, and heals', async () => {
    isDown = true;
    const login = open();
    for (let n = 0; n < 20; n += 1) expect(await login.current()).toBeUndefined();
    expect(await login.describe()).toEqual(options());
    expect(fetches).toBe(1);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/cannot be used: status 503; status 404\. Next/)],
    ]);
    isDown = false;
    clock.time += 2_000;
    expect(await login.current()).toMatchObject({ tokenEndpoint: `${server.url}/token` });
    expect(log.mock.calls).toEqual([[expect.stringMatching(/is available again/)]]);
  });

  it('keeps the metadata for an hour while the issuer is down, and no longer', async () => {
    const login = open();
    await login.current();
    isDown = true;
    clock.time += 60 * minute;
    expect(await login.current()).toBeDefined();
    clock.time += 1;
    await login.current();
    expect(await login.current()).toBeUndefined();
  });
});
