import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo, verdictOf } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import { answerIn, openSocket } from '../support/process-socket.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

// These wait for real, and have nothing to do with the database. The clients are all slow at the same time.

const keys = '/api/v1/auth/api-keys';
let site: Site;
let server: GatehouseProcess;
let clients: ReturnType<typeof startClients>;

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
  clients = startClients();
});
afterAll(() => site.remove());

function startClients() {
  const head = `POST ${keys} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${site.bearer().authorization}\r\n`;
  const body = `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
  const late = JSON.stringify({ name: 'late' }).padEnd(100);
  return {
    silent: slowClient(''),
    'stuck in the headers': slowClient(head),
    'trickling headers': slowClient(head, 'X'),
    'stuck in the body': slowClient(body),
    'trickling a body': slowClient(body, ' '),
    'finishing a body too late': slowClient(body, '', late),
    crowd: Promise.all(Array.from({ length: 100 }, () => slowClient(head))),
  };
}

/**
 * Sends `start`, then `more` every second, until the server has had enough, and then `late`. Resolves with what the
 * server said and after how long.
 */
async function slowClient(start: string, more = '', late = '') {
  const socket = await openSocket(server, { keepOpen: true });
  socket.write(start);
  const trickle = setInterval(() => socket.write(more), 1_000);
  const { text, seconds } = await socket.closed;
  clearInterval(trickle);
  socket.write(late);
  await sleep(200);
  socket.destroy();
  return { seconds, answer: answerIn(text) };
}

function expectTimeout({ answer }: Awaited<ReturnType<typeof slowClient>>): void {
  expect([answer.status, answer.body.code]).toEqual([408, 'REQUEST_TIMEOUT']);
  expect(answer.headers).toMatchObject({
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
  });
  expect(answer.headers['x-request-id']).toBe(answer.body.requestId);
}

describe('a slow client', () => {
  it('does not delay others, even with a hundred of them', async () => {
    const verdicts = Array.from({ length: 20 }, () => verdictOf(sendTo(server, 'GET', '/health/ready')));
    // These would wait for the slow ones to be dealt with, otherwise.
    const answered = Promise.all(verdicts).then((all) => new Set(all));
    expect(await Promise.race([answered, clients.silent])).toEqual(new Set(['200']));
  });

  it.each(['silent', 'stuck in the headers', 'trickling headers'] as const)(
    'that is %s gets 408 REQUEST_TIMEOUT after 10 s',
    async (kind) => {
      const client = await clients[kind];
      expectTimeout(client);
      expect(client.seconds).toBeGreaterThan(9.5);
      expect(client.seconds).toBeLessThan(28);
    },
  );

  it('is not spared for being one of many', async () => {
    for (const client of await clients.crowd) {
      expectTimeout(client);
      expect(client.seconds).toBeLessThan(28);
    }
  });

  it.each(['stuck in the body', 'trickling a body', 'finishing a body too late'] as const)(
    'that is %s gets 408 REQUEST_TIMEOUT after 30 s',
    async (kind) => {
      const client = await clients[kind];
      expectTimeout(client);
      expect(client.seconds).toBeGreaterThan(29.5);
      expect(client.seconds).toBeLessThan(55);
    },
  );

  it('has got nothing done, and the service goes on', async () => {
    const answer = sendTo(server, 'GET', keys, { headers: site.bearer() });
    expect(await verdictOf(answer)).toBe('404 NO_KEY');
    expect(server.stderr).toBe('');
  });
});
