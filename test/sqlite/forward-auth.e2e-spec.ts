import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mintApiKey } from '../support/api-keys.js';
import { readPage } from '../support/pages/page.js';
import { bounded, clientParts, gate, readable, rejectedUrls } from '../support/gate-urls.js';
import { type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';

let gatehouse: Gatehouse;
let port: number;
let reader: string;

beforeAll(async () => {
  gatehouse = await startGatehouse();
  ({ port } = gatehouse.app.getHttpServer().address() as { port: number });
  reader = await mintApiKey(gatehouse, { scopes: ['files:read'] });
});
afterAll(() => gatehouse.close());

interface Raw {
  readonly key?: string;
  readonly head?: string;
  readonly body?: string;
}

/** Sends these bytes, which no client library has a say in, and reads the answers until the connection is closed. */
function askRaw(method: string, target: string, { key, head = '', body = '' }: Raw = {}): Promise<string> {
  const credential = key === undefined ? '' : `X-API-Key: ${key}\r\n`;
  const request = `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${credential}${head}\r\n${body}`;
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.from(request, 'latin1')));
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    socket.on('error', () => resolve(text)).on('close', () => resolve(text));
  });
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const ask = async (method: string, target: string, raw?: Raw) => statusOf(await askRaw(method, target, raw));

describe('below a prefix', () => {
  it('requires the scopes of the prefix, whatever the client appends', async () => {
    const admin = { key: gatehouse.adminKey };
    for (const part of clientParts) {
      const of = async (target: string, raw?: Raw) => ask('GET', target + part, raw);
      expect([part, await of(bounded), await of(bounded, { key: reader })]).toEqual([part, 401, 403]);
      expect([part, await of(bounded, admin), await of(readable, { key: reader })]).toEqual([part, 204, 204]);
    }
  });

  it('requires a credential where the prefix names no scopes', async () => {
    for (const part of clientParts) {
      const target = `${gate}/-${part}`;
      const bad = { key: 'mk_live_bad' };
      expect([part, await ask('GET', target), await ask('GET', target, bad)]).toEqual([part, 401, 401]);
      expect([part, await ask('GET', target, { key: reader })]).toEqual([part, 204]);
    }
  });

  it('rejects what is appended to the prefix itself', async () => {
    for (const part of ['*', 'http://x/a', ',files:read', 'x'])
      for (const prefix of [bounded, readable, `${gate}/-`])
        expect([prefix + part, await ask('OPTIONS', prefix + part, { key: gatehouse.adminKey })]).toEqual([
          prefix + part,
          404,
        ]);
  });

  it('names the caller, like the form with a query', async () => {
    const { headers } = await gatehouse.send('DELETE', `${readable}/a.txt`, {
      headers: { 'x-api-key': reader },
    });
    expect(headers).toMatchObject({
      'x-gatehouse-owner': expect.any(String),
      'x-gatehouse-user': '',
      'x-gatehouse-key': expect.any(String),
      'x-gatehouse-scopes': 'files:read',
    });
    const rejected = await gatehouse.send('DELETE', `${bounded}/a.txt`, { headers: { 'x-api-key': reader } });
    expect(rejected.headers['www-authenticate']).toContain('scope="files:read files:write"');
    expect(rejected.body.details).toEqual({
      required: ['files:read', 'files:write'],
      granted: ['files:read'],
      missing: ['files:write'],
    });
  });

  it('is written like that in the settings of docs/forward-auth.md', async () => {
    const { text } = readPage('docs/forward-auth.md');
    const prefixes = [...text.matchAll(/^ *path(?:_prefix)?: (\S+)$/gm)].map(([, prefix = '']) => prefix);
    expect(prefixes).toHaveLength(2);
    for (const prefix of prefixes)
      expect([prefix, await ask('POST', `${prefix}/a?b=c`, { key: reader })]).toEqual([prefix, 204]);
  });

  it('accepts scopes of many parts, in which upper case is significant', async () => {
    const caller = await mintApiKey(gatehouse, { scopes: ['mcp:*:call', 'MCP:*'] });
    const of = (scopes: string) => ask('POST', `${gate}/scopes/${scopes}/-/x`, { key: caller });
    expect(await of('mcp:tools:call,MCP:tools:read')).toBe(204);
    expect([await of('mcp:tools:read'), await of('mcp:tools:Call')]).toEqual([403, 403]);
    expect([await of('a:b:c:d:e:f:g:h:i'), await of(`a:${'b'.repeat(199)}`)]).toEqual([400, 400]);
  });

  it('accepts as many scopes as the form with a query', async () => {
    const most = Array.from({ length: 100 }, (_, index) => `files-of-department-${index}:read`);
    const of = (scopes: string[]) =>
      ask('GET', `${gate}/scopes/${scopes.join(',')}/-/x`, { key: gatehouse.adminKey });
    expect([await of(most), await of([...most, 'one:more'])]).toEqual([204, 400]);
  });
});

describe('a URL that is not understood', () => {
  it('is never allowed, with any method, even for a key with every scope', async () => {
    expect(rejectedUrls.length).toBeGreaterThan(200);
    const answers = new Map<string, number>();
    for (const url of rejectedUrls)
      for (const method of ['GET', 'HEAD', 'PUT'])
        answers.set(`${method} ${url}`, await ask(method, url, { key: gatehouse.adminKey }));
    expect([...answers].filter(([, status]) => status !== 400 && status !== 404)).toEqual([]);
  });

  it('is 400 for its query before the credential is checked, because the proxy is at fault', async () => {
    for (const query of ['?scope=files:read', '?Scopes=files:read', '?scopes[]=files:read', '?scopes', '?']) {
      const answer = await gatehouse.send('GET', gate + query);
      expect([query, answer.status, answer.body.code]).toEqual([query, 400, 'VALIDATION_FAILED']);
      expect(answer.body.details).toEqual([
        { path: 'query', message: 'Only scopes can be in the query, and only once.' },
      ]);
      const bad = { headers: { 'x-api-key': 'bad' } };
      expect((await gatehouse.send('GET', gate + query, bad)).status).toBe(400);
    }
  });

  it('is not quoted in the response', async () => {
    const { text } = await gatehouse.send('GET', `${gate}?scope=${gatehouse.adminKey}`);
    expect(text).not.toContain(gatehouse.adminKey);
  });
});

describe('any method', () => {
  const methods = METHODS.filter((method) => method !== 'CONNECT');

  it.each([`${gate}?scopes=files:read`, `${readable}/a/b?c=d`])('is answered at %s', async (target) => {
    for (const method of methods) {
      const writer = target.replace('files:read', 'files:write');
      expect([method, await ask(method, target), await ask(method, target, { key: reader })]).toEqual([
        method,
        401,
        204,
      ]);
      expect([method, await ask(method, writer, { key: reader })]).toEqual([method, 403]);
    }
  });

  it('adds no check for a browser that sends a request across sites', async () => {
    const head = 'Origin: https://app.example.com\r\nSec-Fetch-Site: cross-site\r\n';
    for (const method of ['POST', 'DELETE', 'OPTIONS'])
      expect(await ask(method, `${readable}/a`, { key: reader, head })).toBe(204);
  });
});

describe('any body', () => {
  const types = [
    'application/json',
    'application/json; charset=utf-16',
    'text/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    '///',
    '',
    '\u00ff',
  ];

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'QUERY', 'PROPFIND', 'OPTIONS'])(
    'is ignored with %s, of any type',
    async (method) => {
      if (!METHODS.includes(method)) return;
      for (const type of types) {
        const head = `Content-Type: ${type}\r\nContent-Length: 5\r\nContent-Encoding: br\r\n`;
        const body = '{"a":';
        expect([type, await ask(method, `${readable}/a`, { key: reader, head, body })]).toEqual([type, 204]);
        expect([type, await ask(method, `${bounded}/a`, { key: reader, head, body })]).toEqual([type, 403]);
      }
    },
  );

  /** Two requests on one connection; the second is seen where the first body was skipped to its end. */
  async function answersTo(head: string, body: string): Promise<number[]> {
    const first = `POST ${readable}/a HTTP/1.1\r\nHost: x\r\nX-API-Key: ${reader}\r\n${head}\r\n${body}`;
    const text = await new Promise<string>((resolve) => {
      let seen = '';
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(`${first}GET ${bounded} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      );
      socket.setEncoding('latin1').on('data', (piece: string) => (seen += piece));
      socket.on('error', () => resolve(seen)).on('close', () => resolve(seen));
    });
    return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  it('is skipped to its end up to 64 KiB, and the connection goes on', async () => {
    const smuggled = `GET ${readable} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${reader}\r\n\r\n`;
    const body = smuggled.padEnd(64 * 1024, ' ');
    expect(await answersTo(`Content-Length: ${body.length}\r\n`, body)).toEqual([204, 401]);
  });

  it('ends the connection with the answer where it is longer, or does not say how long it is', async () => {
    const length = 64 * 1024 + 1;
    expect(await answersTo(`Content-Length: ${length}\r\n`, 'x'.repeat(length))).toEqual([204]);
    expect(await answersTo(`Content-Length: 1000000000000\r\n`, 'x')).toEqual([204]);
    expect(await answersTo('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n')).toEqual([204]);
    expect(await answersTo('Transfer-Encoding: chunked\r\n', '5\r\nhel')).toEqual([204]);
  });

  it('is not waited for', async () => {
    const head = 'Content-Length: 10\r\nExpect: 100-continue\r\n';
    expect(await askRaw('PUT', `${readable}/a`, { key: reader, head })).toContain('HTTP/1.1 204');
  });
});

it('allows a tool key by its own scopes', async () => {
  const { key } = await issueToolKey(gatehouse, { scopes: ['files:read'] });
  const headers = { 'x-tool-key': key };
  const of = async (target: string) => (await gatehouse.send('POST', target, { headers })).status;
  expect([await of(`${readable}/a`), await of(`${bounded}/a`)]).toEqual([204, 403]);
});
