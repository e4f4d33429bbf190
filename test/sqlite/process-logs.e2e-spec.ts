import { afterEach, describe, expect, it } from '@jest/globals';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import { openSocket } from '../support/process-socket.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

// What is logged has nothing to do with the database, so one kind of database is enough.

const production = { NODE_ENV: 'production', BUILTIN_ISSUER: 'true' };
const me = '/api/v1/auth/me';
const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
let site: Site;

afterEach(() => site.remove());

/** The lines about requests, as soon as there are so many. */
async function requestLines(server: GatehouseProcess, count: number): Promise<Record<string, unknown>[]> {
  for (let wait = 0; wait < 1_000; wait += 1) {
    const lines = server.stdout.split('\n').filter((line) => line.includes('"message":"Request"'));
    if (lines.length >= count) return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`There are not ${count} lines: ${server.stdout}`);
}

describe('in production each request leaves one line', () => {
  it('with its id, route, status, duration and outcome, and the ids of who sent it', async () => {
    site = await createSite(production);
    const server = await site.start();
    const headers = site.bearer();
    const { body: personal } = await sendTo(server, 'POST', '/api/v1/auth/api-keys', { headers });
    const fields = { headers: { 'x-api-key': personal.key }, body: { taskId: 'task-1' } };
    const { body: tool } = await sendTo(server, 'POST', '/api/v1/tool-keys', fields);
    const answer = await sendTo(server, 'GET', `${me}?token=x`, { headers: { 'x-tool-key': tool.key } });
    await sendTo(server, 'GET', '/api/v1/api-keys/nothing', { headers });
    await sendTo(server, 'GET', me);
    await sendTo(server, 'GET', '/nowhere');
    const common = {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'log',
      message: 'Request',
      requestId: uuid,
      durationMs: expect.any(Number),
      ip: '127.0.0.1',
    };
    const [create, issue, whoami, missing, anonymous, nowhere, ...more] = await requestLines(server, 6);
    const person = { userId: uuid, ownerId: uuid };
    const keys = { method: 'POST', route: '/api/v1/auth/api-keys', path: '/api/v1/auth/api-keys' };
    expect(create).toEqual({ ...common, ...keys, ...person, status: 201, outcome: 'ok', source: 'jwt' });
    expect(issue).toEqual({
      ...common,
      method: 'POST',
      route: '/api/v1/tool-keys',
      path: '/api/v1/tool-keys',
      status: 201,
      outcome: 'ok',
      ...person,
      source: 'api_key',
      keyId: personal.id,
    });
    expect(whoami).toEqual({
      ...common,
      requestId: answer.headers['x-request-id'],
      method: 'GET',
      route: me,
      path: me,
      status: 200,
      outcome: 'ok',
      ownerId: uuid,
      source: 'tool_key',
      keyId: tool.id,
      taskId: 'task-1',
    });
    const notFound = { route: '/api/v1/api-keys/:id', path: '/api/v1/api-keys/nothing', status: 404 };
    expect(missing).toMatchObject({ ...notFound, outcome: 'NOT_FOUND', source: 'jwt' });
    expect(anonymous).toEqual({
      ...common,
      method: 'GET',
      route: me,
      path: me,
      status: 401,
      outcome: 'MISSING_TOKEN',
    });
    expect(nowhere).toEqual({
      ...common,
      method: 'GET',
      path: '/nowhere',
      status: 404,
      outcome: 'NOT_FOUND',
    });
    expect(more).toEqual([]);
    expect(server.stdout).not.toContain('ada@example.com/');
    expect(
      server.stdout
        .split('\n')
        .filter((line) => line.includes('"Request"'))
        .join(),
    ).not.toContain('ada@');
  });

  it('also what never becomes a request, a URL that cannot be read, and a body that breaks off', async () => {
    site = await createSite(production);
    const server = await site.start();
    for (const text of ['GARBAGE\r\n\r\n', 'GET /%ZZ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n']) {
      const socket = await openSocket(server);
      socket.write(text);
      await socket.closed;
    }
    const leaver = await openSocket(server);
    leaver.write('POST /api/v1/auth/api-keys HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n');
    leaver.write(`Content-Type: application/json\r\nAuthorization: ${site.bearer().authorization}\r\n\r\n{`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    leaver.destroy();
    const [garbage, badUrl, gone] = await requestLines(server, 3);
    expect(garbage).toMatchObject({
      status: 400,
      outcome: 'VALIDATION_FAILED',
      requestId: uuid,
      ip: '127.0.0.1',
    });
    expect(badUrl).toMatchObject({
      path: '/%ZZ',
      status: 400,
      outcome: 'VALIDATION_FAILED',
      requestId: uuid,
    });
    expect(gone).toMatchObject({ status: 400, outcome: 'VALIDATION_FAILED' });
  });

  it('but not the probes', async () => {
    site = await createSite(production);
    const server = await site.start();
    for (const path of ['/health/live', '/health/ready', me]) await sendTo(server, 'GET', path);
    const lines = await requestLines(server, 1);
    expect(lines.map(({ path }) => path)).toEqual([me]);
  });
});

describe('requests are shown in a terminal', () => {
  it('only at LOG_LEVEL=debug', async () => {
    site = await createSite();
    const server = await site.start();
    await sendTo(server, 'GET', me);
    const { stdout } = await server.stop();
    expect(stdout).not.toContain('MISSING_TOKEN');
    const talkative = await site.start({ LOG_LEVEL: 'debug' });
    await sendTo(talkative, 'GET', me);
    const shown = await talkative.stop();
    const line =
      /^\d\d:\d\d:\d\d DEBUG Request requestId=\S+ method=GET route=\S+ path=\S+ status=401 durationMs=[\d.]+ outcome=MISSING_TOKEN ip=127\.0\.0\.1$/m;
    expect(shown.stdout).toMatch(line);
  });

  it('or with LOG_REQUESTS=true', async () => {
    site = await createSite({ LOG_REQUESTS: 'true' });
    const server = await site.start();
    await sendTo(server, 'GET', me);
    const { stdout } = await server.stop();
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d LOG {3}Request .*outcome=MISSING_TOKEN/m);
  });
});
