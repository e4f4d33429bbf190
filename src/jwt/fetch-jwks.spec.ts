import type { ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type LocalServer, startLocalServer } from '../../test/support/local-server.js';
import { causeOf } from '../support/errors.js';
import { fetchJson, readJwksUrl } from './fetch-jwks.js';

type Send = (response: ServerResponse) => unknown;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const limits = { timeoutMs: 5_000, maxBytes: 1_048_576 };
const large = JSON.stringify('x'.repeat(2_000_000));

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 }).write('{"keys":');
  setTimeout(() => response.destroy(), 5);
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
}

describe('fetchJson', () => {
  let server: LocalServer;
  let requests: number;
  let send: Send;

  beforeEach(async () => {
    requests = 0;
    server = await startLocalServer((_, response) => {
      requests += 1;
      send(response);
    });
  });

  afterEach(() => server.close());

  function url(): URL {
    return new URL(`${server.url}/jwks.json`);
  }

  async function failure(timeoutMs = limits.timeoutMs): Promise<string> {
    const answer = fetchJson(url(), { ...limits, timeoutMs }).then(() => 'none', causeOf);
    return answer;
  }

  it('returns the JSON value of the response, compressed or not', async () => {
    send = (response) => response.end('{"keys":[]}');
    expect(await fetchJson(url(), limits)).toEqual({ keys: [] });
    send = (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"keys":[]}'));
    expect(await fetchJson(url(), limits)).toEqual({ keys: [] });
  });

  it('accepts a body of exactly the limit', async () => {
    send = (response) => response.end('[]'.padEnd(limits.maxBytes));
    expect(await fetchJson(url(), limits)).toEqual([]);
  });

  it.each<[string, Send, RegExp]>([
    ['a status that is not 200', (response) => response.writeHead(404).end('{"keys":[]}'), /status 404/],
    ['no content', (response) => response.writeHead(204).end(), /status 204/],
    ['an empty answer', (response) => response.end(), /not JSON/],
    ['a redirect', (response) => response.writeHead(302, { location: '/other' }).end(), /redirect/],
    [
      'one byte too many',
      (response) => response.end('[]'.padEnd(limits.maxBytes + 1)),
      /more than 1048576 bytes/,
    ],
    [
      '2 MB',
      (response) => response.write(large.slice(0, 1000)) && response.end(large.slice(1000)),
      /more than/,
    ],
    ['2 MB of known length', (response) => response.end(large), /more than 1048576 bytes/],
    ['2 MB packed into 2 kB', gzipped, /more than 1048576 bytes/],
    ['a connection that breaks', (response) => response.destroy(), /./],
    ['a body that breaks off', breakOff, /./],
  ])('rejects %s', async (_, answer, reason) => {
    send = answer;
    const found = await failure();
    expect(found).not.toBe('none');
    expect(found).toMatch(reason);
    expect(requests).toBe(1);
  });

  it('does not quote a body that is not JSON', async () => {
    send = (response) => response.end('<html>secret</html>');
    expect(await failure()).toBe('an answer that is not JSON');
  });

  it.each<[string, Send]>([
    ['an endpoint that hangs', () => undefined],
    ['a body that never ends', (response) => response.writeHead(200).write('{"keys":[')],
    ['a body that drips', drip],
  ])('times out on %s', async (_, answer) => {
    send = answer;
    const started = performance.now();
    expect(await failure(60)).toMatch(/within 60 ms/);
    expect(performance.now() - started).toBeLessThan(limits.timeoutMs);
  });

  it('closes the connection of a body that hangs, even if garbage is collected meanwhile', async () => {
    const closed = new Promise<void>((resolve) => {
      send = (response) => {
        response.on('close', resolve);
        response.writeHead(200).write('{"keys":[');
      };
    });
    const collecting = setInterval(collectGarbage, 5);
    try {
      expect(await failure(300)).toMatch(/within 300 ms/);
      await closed;
    } finally {
      clearInterval(collecting);
    }
  });

  it('reports a closed port', async () => {
    const closed = url();
    await server.close();
    expect(await fetchJson(closed, limits).catch(causeOf)).toContain('ECONNREFUSED');
  });

  it('closes the connection of a response that it does not read to the end', async () => {
    const closed = new Promise((resolve) => {
      send = (response) => response.on('close', resolve).writeHead(500).write('more follows');
    });
    await failure();
    await closed;
  });
});

function gzipped(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large));
}

describe('readJwksUrl', () => {
  it.each([
    'https://issuer.example/jwks.json',
    'http://localhost:3000/jwks',
    'http://127.0.0.1/jwks',
    'http://127.8.9.10/jwks',
    'http://[::1]:8080/jwks',
  ])('accepts %s', (url) => {
    expect(readJwksUrl(url, 'JWT_JWKS_URL').href).toBe(url);
  });

  it.each([
    'http://issuer.example/jwks.json',
    'http://localhost.issuer.example/jwks',
    'http://127.0.0.1.issuer.example/jwks',
    'http://10.0.0.1/jwks',
    'http://[::2]/jwks',
    'http://0.0.0.0/jwks',
    'file:///etc/jwks.json',
    'data:application/json,{}',
    'ftp://localhost/jwks',
    '/jwks.json',
    '',
  ])('rejects %s', (url) => {
    expect(() => readJwksUrl(url, 'JWT_JWKS_URL')).toThrow(/^JWT_JWKS_URL: the JWKS URL/);
  });

  it.each(['ada:lovelace@', 'ada@', ':lovelace@'])(
    'rejects a URL with %s without repeating it',
    (credentials) => {
      const message = 'JWT_JWKS_URL: the JWKS URL must not hold a user name or a password.';
      expect(() => readJwksUrl(`https://${credentials}issuer.example/jwks`, 'JWT_JWKS_URL')).toThrow(message);
    },
  );
});
