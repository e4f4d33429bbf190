import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo, verdictOf } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import { answerIn, openSocket, type RawSocket } from './support/process-socket.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';

const me = '/api/v1/auth/me';
const keys = '/api/v1/auth/api-keys';
let site: Site;

beforeEach(async () => {
  site = await createSite();
});
afterEach(() => site.remove());

/** A request for a new key, of which the end is missing until `finish`; that may send more in the same packet. */
async function startSlowRequest(
  server: GatehouseProcess,
): Promise<RawSocket & { finish(more?: string): void }> {
  const body = JSON.stringify({ name: 'slow' });
  const socket = await openSocket(server);
  const head = [
    `POST ${keys} HTTP/1.1`,
    'Host: localhost',
    `Authorization: ${site.bearer().authorization}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`);
  // Until the server has read what there is.
  await sendTo(server, 'GET', '/health/live');
  return { ...socket, finish: (more = '') => socket.write(body.slice(5) + more) };
}

/** The signal comes to it a little after it was sent. */
async function untilItHeard(server: GatehouseProcess): Promise<void> {
  while (!server.stdout.includes('finishing running requests')) await sleep(5);
}

/** To all who come anew. */
async function untilItIsClosed(server: GatehouseProcess): Promise<void> {
  const isOpen = () =>
    sendTo(server, 'GET', '/health/live').then(
      () => true,
      () => false,
    );
  while (await isOpen()) await sleep(5);
}

async function expectNoEndWithin(milliseconds: number, server: GatehouseProcess): Promise<void> {
  const still = Symbol('still running');
  expect(await Promise.race([server.ended, sleep(milliseconds, still)])).toBe(still);
}

describe('on SIGTERM the service', () => {
  it('is not ready at once, serves on for the drain, finishes what runs, and ends with code 0', async () => {
    const server = await site.start({ DRAIN_SECONDS: '5' });
    const ada = site.bearer();
    expect(await verdictOf(sendTo(server, 'GET', '/health/ready'))).toBe('200');
    const slow = await startSlowRequest(server);
    const idle = await openSocket(server);
    idle.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');

    server.signal('SIGTERM');
    await untilItHeard(server);
    const ready = await sendTo(server, 'GET', '/health/ready');
    expect([ready.status, ready.body.code]).toEqual([503, 'SHUTTING_DOWN']);
    expect(await verdictOf(sendTo(server, 'GET', '/health/live'))).toBe('200');
    expect(await verdictOf(sendTo(server, 'GET', me, { headers: ada }))).toBe('200');

    // The drain ends when the idle connection is closed.
    expect((await idle.closed).seconds).toBeGreaterThan(4.9);
    await expect(sendTo(server, 'GET', '/health/live')).rejects.toThrow(/ECONNRE(FUSED|SET)/);
    await expectNoEndWithin(300, server);
    slow.finish();
    const answer = answerIn((await slow.closed).text);
    expect([answer.status, answer.body.name]).toEqual([201, 'slow']);
    const { code, stdout, stderr } = await server.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/WARN|ERROR/);

    const next = await site.start();
    const own = sendTo(next, 'GET', me, { headers: { 'x-api-key': answer.body.key } });
    expect(await verdictOf(own)).toBe('200');
  });

  it('answers a further request on an open connection as ever, and closes that then', async () => {
    const server = await site.start({ DRAIN_SECONDS: '0' });
    const slow = await startSlowRequest(server);
    server.signal('SIGTERM');
    await untilItIsClosed(server);
    slow.finish(
      `GET ${me} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${site.bearer().authorization}\r\n\r\n`,
    );
    const { text } = await slow.closed;
    const [first, second] = text.split(/(?=HTTP\/1\.1 )/).map(answerIn);
    expect([first?.status, second?.status]).toEqual([201, 200]);
    expect(second?.headers.connection).toBe('close');
    expect((await server.ended).code).toBe(0);
  });

  it('has written down which keys were used', async () => {
    const server = await site.start({ DRAIN_SECONDS: '0' });
    const ada = site.bearer();
    const { body: made } = await sendTo(server, 'POST', keys, { headers: ada });
    await sendTo(server, 'GET', me, { headers: { 'x-api-key': made.key } });
    server.signal('SIGTERM');
    await server.ended;
    const next = await site.start();
    const { body: kept } = await sendTo(next, 'GET', keys, { headers: ada });
    expect(kept.lastUsedAt).not.toBeNull();
    const { body: trail } = await sendTo(next, 'GET', `${keys}/events`, { headers: ada });
    expect(trail.events.map(({ type }: { type: string }) => type)).toEqual(['used', 'created', 'created']);
  });

  it('answers what it has begun under load without an error of its own', async () => {
    const server = await site.start({ DRAIN_SECONDS: '1' });
    const headers = site.bearer();
    const verdicts = new Map<string, number>();
    const askUntilRejected = async (method: string, path: string): Promise<unknown> => {
      for (;;) {
        try {
          const verdict = await verdictOf(sendTo(server, method, path, { headers }));
          verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        } catch (error) {
          return (error as NodeJS.ErrnoException).code;
        }
      }
    };
    const callers = ['GET', 'GET', 'POST', 'POST'].map((method) =>
      askUntilRejected(method, method === 'GET' ? me : `${keys}/refresh`),
    );
    while ((verdicts.get('200') ?? 0) <= 20) await sleep(20);
    server.signal('SIGTERM');
    // A connection that was not accepted before the end of the drain is rejected or reset.
    for (const code of await Promise.all(callers)) expect(code).toMatch(/^ECONNRE(FUSED|SET)$/);
    expect([...verdicts.keys()]).toEqual(['200']);
    const { code, stdout, stderr } = await server.ended;
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/WARN|ERROR/);
  });
});

describe('the service ends quickly', () => {
  const drain = { DRAIN_SECONDS: '60' };
  /** Far less than the drain takes. */
  const quickly = 30_000;

  it('on SIGINT, with code 0 and no drain', async () => {
    const server = await site.start(drain);
    const start = performance.now();
    server.signal('SIGINT');
    expect((await server.ended).code).toBe(0);
    expect(performance.now() - start).toBeLessThan(quickly);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('on a second signal, here %s, whatever runs', async (signal) => {
    const server = await site.start(drain);
    const slow = await startSlowRequest(server);
    server.signal('SIGTERM');
    await untilItHeard(server);
    const start = performance.now();
    server.signal(signal);
    expect((await server.ended).code).toBe(1);
    expect(performance.now() - start).toBeLessThan(quickly);
    slow.destroy();
  });
});
