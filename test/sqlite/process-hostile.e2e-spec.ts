import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessAnswer, sendTo, verdictOf } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import { answerIn, openSocket } from '../support/process-socket.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

const me = '/api/v1/auth/me';
const keys = '/api/v1/auth/api-keys';
const megabyte = 'a'.repeat(1024 * 1024);
let site: Site;
let server: GatehouseProcess;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
});
afterAll(() => site.remove());

/** Sends the pieces one after the other, and resolves with the answer when the server has closed its side. */
async function say(...pieces: string[]): Promise<ProcessAnswer> {
  const socket = await openSocket(server);
  for (const piece of pieces) {
    socket.write(piece);
    await sleep(5);
  }
  const { text } = await socket.closed;
  return answerIn(text);
}

const requestWith = (header: string) =>
  `GET ${me} HTTP/1.1\r\nHost: localhost\r\n${header}\r\nAccept: */*\r\n\r\n`;

function expectProperError({ headers, body }: ProcessAnswer): void {
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(body.requestId).toBe(headers['x-request-id']);
  expect(typeof body.message).toBe('string');
}

async function expectTheServiceGoesOn(): Promise<void> {
  expect(await verdictOf(sendTo(server, 'GET', '/health/ready'))).toBe('200');
  expect(server.stderr).toBe('');
}

describe('what is too large', () => {
  it.each([
    ['X-API-Key', '401 INVALID_API_KEY', megabyte],
    ['Authorization', '401 INVALID_TOKEN', `Bearer ${megabyte}`],
    ['X-Tool-Key', '401 INVALID_TOOL_KEY', megabyte],
    ['X-Something', '431 HEADERS_TOO_LARGE', megabyte],
  ])('in the header %s is answered with %s', async (name, verdict, value) => {
    const answer = await say(requestWith(`${name}: ${value}`));
    expect(await verdictOf(Promise.resolve(answer))).toBe(verdict);
    expectProperError(answer);
    const challenge = verdict.startsWith('401')
      ? 'Bearer realm="gatehouse", error="invalid_token"'
      : undefined;
    expect(answer.headers['www-authenticate']).toBe(challenge);
    await expectTheServiceGoesOn();
  });

  it('in the headers together is no fault of the credential among them', async () => {
    const answer = await say(requestWith(`Cookie: ${'a'.repeat(20_000)}\r\nX-API-Key: short`));
    expect([answer.status, answer.body.code]).toEqual([431, 'HEADERS_TOO_LARGE']);
  });

  it('in a header is answered also when it comes in many packets', async () => {
    const pieces = requestWith(`X-API-Key: ${megabyte}`).match(/[^]{1,20000}/g) ?? [];
    const answer = await say(...pieces);
    expect([401, 431]).toContain(answer.status);
    expectProperError(answer);
  });

  it.each([
    ['65 KiB', 65 * 1024],
    ['5 MiB, more than the sockets hold', 5 * 1024 * 1024],
  ])('in a body, here %s, is answered with 413 PAYLOAD_TOO_LARGE before it is read', async (_what, size) => {
    const headers = site.bearer();
    const answer = await sendTo(server, 'POST', keys, { headers, body: { name: 'a'.repeat(size) } });
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expectProperError(answer);
    await expectTheServiceGoesOn();
  });

  it.each([
    ['a header', requestWith(`X-API-Key: ${megabyte}`)],
    [
      'a body',
      `POST ${keys} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999999\r\n\r\n`,
    ],
  ])('in %s may go on coming for a while: no reset overtakes the answer', async (_what, start) => {
    const socket = await openSocket(server, { keepOpen: true });
    socket.write(start);
    await socket.closed;
    for (let piece = 0; piece < 4; piece += 1) {
      socket.write(megabyte);
      await sleep(20);
    }
    expect(socket.isReset()).toBe(false);
    socket.destroy();
  });

  it('in a body that no route reads is answered as if it were small', async () => {
    const headers = { ...site.bearer(), 'content-type': 'text/plain' };
    const sent = { headers, body: { name: 'a'.repeat(5 * 1024 * 1024) } };
    expect(await verdictOf(sendTo(server, 'POST', '/nowhere', sent))).toBe('404 NOT_FOUND');
    expect(await verdictOf(sendTo(server, 'POST', keys, sent))).toBe('415 UNSUPPORTED_MEDIA_TYPE');
  });

  it('in a body without a length is found out while it comes', async () => {
    const head = requestWith(
      `Content-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked`,
    ).replace('GET', 'POST');
    const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`;
    const answer = await say(head, chunk.repeat(400), '0\r\n\r\n');
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });
});

describe('what is not quite HTTP', () => {
  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a TLS greeting', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    [
      'two lengths of one body',
      `POST ${keys} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    ],
    [
      'a body in chunks of no size',
      `POST ${keys} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
    ],
    ['a control character in a header', requestWith('X-API-Key: a\u0000b')],
    ['a line break in a header', requestWith('X-API-Key: a\nX-Tool-Key b')],
    ['two hosts', `GET ${me} HTTP/1.1\r\nHost: a\r\nhost: b\r\nConnection: close\r\n\r\n`],
    ['one host twice', `GET ${me} HTTP/1.1\r\nHost: a\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['two hosts in HTTP/1.0', `GET ${me} HTTP/1.0\r\nHost: a\r\nHOST: b\r\n\r\n`],
    ['a URL of another host', `GET http://b${me} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['a URL with a user', `GET http://b@a${me} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
    ['no host', `GET ${me} HTTP/1.1\r\nConnection: close\r\n\r\n`],
    ['a URL that cannot be decoded', 'GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'],
  ])('is answered with 400 VALIDATION_FAILED: %s', async (_what, text) => {
    const answer = await say(text);
    expect([answer.status, answer.body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expectProperError(answer);
    await expectTheServiceGoesOn();
  });

  it('is accepted where the standard allows it: a URL of the same host', async () => {
    const answer = await say(
      `GET http://A.example:80${me} HTTP/1.1\r\nHost: a.example:80\r\nConnection: close\r\n\r\n`,
    );
    expect([answer.status, answer.body.code]).toEqual([401, 'MISSING_TOKEN']);
  });

  it('is accepted where the standard allows it: an unknown expectation', async () => {
    const answer = await say(requestWith('Expect: miracles\r\nConnection: close'));
    expect([answer.status, answer.body.code]).toEqual([401, 'MISSING_TOKEN']);
  });
});

describe('a crowd', () => {
  it('of 200 requests with all kinds of credentials at once gets 200 proper answers', async () => {
    const ada = site.bearer();
    const { body: own } = await sendTo(server, 'POST', keys, { headers: ada });
    const fields = { headers: ada, body: { taskId: 'task' } };
    const { body: tool } = await sendTo(server, 'POST', '/api/v1/tool-keys', fields);
    const cases: (readonly [verdict: string, headers: Record<string, string>])[] = [
      ['200', ada],
      ['200', { 'x-api-key': own.key }],
      ['200', { authorization: `bearer ${own.key}` }],
      ['200', { 'x-tool-key': tool.key }],
      ['200', { 'x-tool-key': 'tk_bad', ...ada }],
      ['401 MISSING_TOKEN', {}],
      ['401 INVALID_API_KEY', { 'x-api-key': own.key.slice(0, -1) }],
      ['401 INVALID_API_KEY', { 'x-api-key': 'of-another-system' }],
      ['401 INVALID_TOKEN', { authorization: `${ada.authorization}AA` }],
      ['401 INVALID_TOOL_KEY', { 'x-tool-key': `${tool.key}x` }],
    ];
    const answers = Array.from({ length: 200 }, async (_, index) => {
      // Every tenth person is a new one, twice.
      const [verdict, headers] =
        index % 10 === 0
          ? (['200', site.bearer(`newcomer-${index % 100}@example.com`)] as const)
          : (cases[index % cases.length] ?? ['', {}]);
      const got = await verdictOf(sendTo(server, 'GET', me, { headers }));
      return got === verdict ? 'as expected' : `${got} in place of ${verdict}`;
    });
    expect([...new Set(await Promise.all(answers))]).toEqual(['as expected']);
    await expectTheServiceGoesOn();
  });
});

describe('requests whose answers are never read', () => {
  /** As it is started, with half the heap. */
  const flags = { NODE_OPTIONS: '--max-semi-space-size=4 --max-old-space-size=256' };
  /** The service takes some 120 MiB by itself. */
  const mostMemory = 300;
  let small: GatehouseProcess;

  beforeAll(async () => {
    small = await site.start(flags);
  });

  const residentMegabytes = async () => {
    const status = await readFile(`/proc/${small.pid}/status`, 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  };

  /** Sends them, and what a good client gets for a second meanwhile. */
  async function withstand(connections: number, requests: string): Promise<void> {
    const { port, hostname } = new URL(small.url);
    const sockets = Array.from({ length: connections }, () => {
      const socket = connect(Number(port), hostname).on('error', () => {});
      socket.pause().write(requests);
      return socket;
    });
    const verdicts = new Set<string>();
    let peak = 0;
    const end = performance.now() + 1_000;
    while (performance.now() < end) {
      verdicts.add(await verdictOf(sendTo(small, 'GET', me, { headers: site.bearer() })));
      peak = Math.max(peak, await residentMegabytes());
    }
    for (const socket of sockets) socket.destroy();
    expect([...verdicts]).toEqual(['200']);
    expect(peak).toBeLessThan(mostMemory);
    // Node says it there when the heap is full.
    expect(small.stderr).not.toContain('heap');
  }

  it.each([
    ['1,500 of the document in YAML on one connection', 1, 1_500, '/docs-yaml'],
    ['1,500 of the document on each of three connections', 3, 1_500, '/docs-json'],
    ['1,500 of the document on each of 50 connections', 50, 1_500, '/docs-json'],
    ['1,500 of the largest file on each of three connections', 3, 1_500, '/docs/swagger-ui-bundle.js'],
    ['10,000 of nothing on each of 10 connections', 10, 10_000, '/'],
  ])('do not delay others, and use little memory: %s', async (_what, connections, count, path) => {
    await withstand(connections, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(count));
  });

  it('do not delay others, and use little memory: the largest pages that a tenant can make', async () => {
    const ada = site.bearer('greedy@example.com');
    const body = { name: 'large', metadata: { pad: 'x'.repeat(8_000) } };
    for (let made = 0; made < 100; made += 1)
      await sendTo(small, 'POST', '/api/v1/api-keys', { headers: ada, body });
    const list = `GET /api/v1/api-keys?limit=100 HTTP/1.1\r\nHost: a\r\nAuthorization: ${ada.authorization}\r\n\r\n`;
    await withstand(2, list.repeat(500));
    await withstand(50, list.repeat(100));
  });
});
