import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Json } from '../support/json.js';
import { freePort } from '../support/free-port.js';
import { Certificate, hasNginx, Nginx, withNginx } from '../support/nginx.js';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';
import { SteadyLoad } from '../support/steady-load.js';

const describeHere = hasNginx ? describe : describe.skip;
/** Of each kind of request. */
const callers = 8;
const conf = join(import.meta.dirname, '..', '..', 'docs', 'operations', 'nginx', 'gatehouse.conf');

describeHere(withNginx('two replicas behind docs/operations/nginx/gatehouse.conf'), () => {
  let certificate: Certificate;
  let site: Site;
  let ports: [number, number];
  let replicas: [GatehouseProcess, GatehouseProcess];
  let nginx: Nginx;
  let url: string;

  beforeAll(async () => {
    certificate = await Certificate.make();
  });
  afterAll(() => certificate.remove());

  beforeEach(async () => {
    site = await createSite({ TRUST_PROXY: '127.0.0.1', BUILTIN_ISSUER: 'true' });
    ports = [await freePort(), await freePort()];
    replicas = [await startReplica(0), await startReplica(1)];
    const port = await freePort();
    nginx = await Nginx.start(await confFor(port), port);
    url = `https://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    await nginx.remove();
    await site.remove();
  });

  const startReplica = (number: 0 | 1) =>
    site.start({ PORT: String(ports[number]), REPLICA_NAME: `replica-${number}`, DRAIN_SECONDS: '1' });

  /** What is shipped, with the addresses of this test in place of its own. */
  async function confFor(port: number): Promise<string> {
    const places = [
      ['10.0.0.5:3000', `127.0.0.1:${ports[0]}`],
      ['10.0.0.6:3000', `127.0.0.1:${ports[1]}`],
      ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
      ['/etc/ssl/gatehouse/fullchain.pem', `${certificate.folder}/fullchain.pem`],
      ['/etc/ssl/gatehouse/key.pem', `${certificate.folder}/key.pem`],
    ] as const;
    let text = await readFile(conf, 'utf8');
    for (const [theirs, ours] of places) {
      expect(text.split(theirs)).toHaveLength(2);
      text = text.replace(theirs, ours);
    }
    return text;
  }

  interface Answer {
    readonly status: number;
    readonly requestId: unknown;
    readonly body: Json;
  }

  function send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: object,
  ): Promise<Answer> {
    const agent = new Agent({ ca: certificate.pem });
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      request(url + path, { method, agent, headers: { ...json, ...headers } })
        .on('error', reject)
        .on('response', (incoming) => {
          let text = '';
          incoming.setEncoding('utf8').on('data', (piece: string) => (text += piece));
          incoming.on('error', reject).on('end', () => {
            const status = incoming.statusCode ?? 0;
            if (!/json/.test(incoming.headers['content-type'] ?? '')) return reject(new Error(text));
            resolve({ status, requestId: incoming.headers['x-request-id'], body: JSON.parse(text) });
          });
        })
        .end(body && JSON.stringify(body));
    });
  }

  /** GETs and POSTs that both replicas answer 200. */
  async function startLoad(): Promise<SteadyLoad> {
    const headers = site.bearer();
    const { body } = await sendTo(replicas[0], 'POST', '/api/v1/auth/api-keys', { headers });
    const requests = [
      { method: 'GET', path: '/api/v1/auth/me', headers: { 'x-api-key': body.key } },
      { method: 'POST', path: '/api/v1/api-keys/verify', headers, body: { key: body.key } },
    ];
    return new SteadyLoad(url, certificate.pem, requests, callers);
  }

  /** However long that takes here: a test that is about few requests is about little. */
  const untilAnswered = async (load: SteadyLoad, count: number) => {
    while (load.count('POST 200') <= count) await sleep(20);
  };

  const verdictOf = async (...parameters: Parameters<typeof send>) => {
    const { status, body } = await send(...parameters);
    return `${status} ${body.code ?? ''}`.trim();
  };

  it('know the client’s address and the balancer’s request id, whatever the client says of both', async () => {
    const forged = { 'x-forwarded-for': '198.51.100.9', 'x-request-id': 'made-up-by-the-client' };
    const made = await send('POST', '/api/v1/auth/api-keys', { ...site.bearer(), ...forged });
    expect([made.status, made.requestId]).toEqual([201, expect.stringMatching(/^[0-9a-f]{32}$/)]);
    const { body } = await send('GET', '/api/v1/auth/api-keys/events', site.bearer());
    expect(body.events[0]).toMatchObject({ ip: '127.0.0.1', requestId: made.requestId });
  });

  it('answer for themselves what is too large, and have no metrics there', async () => {
    expect(await verdictOf('GET', '/api/v1/auth/me', { 'x-large': 'x'.repeat(16_000) })).toBe(
      '401 MISSING_TOKEN',
    );
    const lines = { 'x-large': 'x'.repeat(9_000), 'x-other': 'x'.repeat(9_000) };
    expect(await verdictOf('GET', '/api/v1/auth/me', lines)).toBe('431 HEADERS_TOO_LARGE');
    const body = { name: 'x'.repeat(70_000) };
    expect(await verdictOf('POST', '/api/v1/auth/api-keys', site.bearer(), body)).toBe(
      '413 PAYLOAD_TOO_LARGE',
    );
    expect(await verdictOf('GET', '/metrics')).toBe('404 NOT_FOUND');
  });

  it('name all scopes that are missing, as many as there may be', async () => {
    const scopes = Array.from({ length: 100 }, (_, index) => `admin:${'x'.repeat(58)}-${index}`);
    const path = `/api/v1/auth/check/scopes/${scopes.join(',')}/-/`;
    expect(await verdictOf('GET', path, site.bearer())).toBe('403 INSUFFICIENT_SCOPE');
  });

  it('are restarted one after the other without an error', async () => {
    const load = await startLoad();
    await sleep(500);
    for (const number of [0, 1] as const) {
      replicas[number].signal('SIGTERM');
      expect((await replicas[number].ended).code).toBe(0);
      replicas[number] = await startReplica(number);
      // Longer than nginx leaves a replica alone that it could not reach.
      await sleep(2_500);
    }
    await untilAnswered(load, 100);
    await load.stop();
    expect([...load.outcomes.keys()].sort()).toEqual(['GET 200', 'POST 200']);
  });

  it('lose no more than the POSTs that run when one of them is killed', async () => {
    const load = await startLoad();
    await sleep(500);
    await replicas[0].kill();
    const before = load.count('POST 200');
    await sleep(2_500);
    await untilAnswered(load, before + 20);
    await load.stop();
    const { outcomes } = load;
    expect([...outcomes.keys()].filter((outcome) => !outcome.endsWith(' 200'))).toEqual(
      outcomes.has('POST 502') ? ['POST 502'] : [],
    );
    expect(load.count('POST 502')).toBeLessThanOrEqual(2 * callers);

    await replicas[1].kill();
    expect(await verdictOf('GET', '/api/v1/auth/me')).toBe('502 BAD_GATEWAY');
  });
});
