import { Agent, createServer, get, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sendTo } from '../support/process-http.js';
import { createSite, type Site } from '../support/process-site.js';
import { scrape } from '../support/scrape.js';
import type { GatehouseProcess } from '../support/spawn-gatehouse.js';

let site: Site;

beforeAll(async () => {
  site = await createSite();
});
afterAll(() => site.remove());

function metricsOf({ stdout }: GatehouseProcess): string {
  const url = /Metrics: (http:\S+)/.exec(stdout)?.[1];
  if (url === undefined) throw new Error(`No metrics: ${stdout}`);
  return url;
}

async function taken(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

it('serves metrics on a separate port, and logs it', async () => {
  const server = await site.start({ METRICS_PORT: '0' });
  const url = metricsOf(server);
  expect(new URL(url).port).not.toBe(new URL(server.url).port);
  await sendTo(server, 'GET', '/health/live');
  const { types } = await scrape(url);
  expect(types.get('gatehouse_http_requests_total')).toBe('counter');
  expect(types.get('process_resident_memory_bytes')).toBe('gauge');
  await server.stop();
  await expect(fetch(url)).rejects.toThrow();
});

it('serves no metrics by default', async () => {
  const server = await site.start();
  expect(server.stdout).not.toContain('Metrics');
  expect((await sendTo(server, 'GET', '/metrics')).status).toBe(404);
  await server.stop();
});

it('does not start when the port of the metrics is taken, and says so', async () => {
  const other = await taken();
  const { port } = other.address() as AddressInfo;
  const ended = await site.run({ METRICS_PORT: String(port) });
  other.close();
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(
    `Gatehouse cannot start: listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  );
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
});

it('serves metrics while it drains, and waits for no scraper at the end', async () => {
  const server = await site.start({ METRICS_PORT: '0', DRAIN_SECONDS: '3' });
  const url = metricsOf(server);
  const agent = new Agent({ keepAlive: true });
  await new Promise<void>((resolve, reject) => {
    get(url, { agent }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
  });
  const unfinished = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  await new Promise<void>((resolve) => unfinished.write('GET /metrics HTTP/1.1\r\n', () => resolve()));
  const began = performance.now();
  server.signal('SIGTERM');
  expect((await scrape(url)).samples.length).toBeGreaterThan(0);
  expect((await server.ended).code).toBe(0);
  // 35 s after the drain it would be given up.
  expect(performance.now() - began).toBeLessThan(30_000);
  agent.destroy();
  unfinished.destroy();
});

it('disconnects a client that does not finish its request for metrics', async () => {
  const server = await site.start({ METRICS_PORT: '0' });
  const began = performance.now();
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(new URL(metricsOf(server)).port), '127.0.0.1', () => {
      socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    });
    socket.setEncoding('utf8').on('data', (piece: string) => (received += piece));
    socket.on('error', reject).on('close', () => resolve(received));
  });
  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  // Node itself would wait for a minute.
  expect(performance.now() - began).toBeLessThan(30_000);
  await server.stop();
});
