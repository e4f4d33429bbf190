import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fillAuditEvents, filledIds } from './support/fill-audit-events.js';
import { sendTo, verdictOf } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';
import { WatchedResources } from './support/watched-resources.js';

jest.setTimeout(300_000);

const events = '/api/v1/admin/audit-events';
/** Kept in memory, they would take half as much again as is allowed. */
const many = 60_000;
/** As `npm start` has them; without, V8 takes its time to collect. */
const heap = '--max-semi-space-size=4 --max-old-space-size=512';

let site: Site;
let resources: WatchedResources;
let server: GatehouseProcess;
let headers: Record<string, string>;
/** What it takes the server to send them all. */
let cpuMsOfAll: number;

beforeAll(async () => {
  site = await createSite();
  resources = new WatchedResources(join(site.folder, 'resources'));
  // It makes the tables, which no server could write to while they are being filled.
  await (await site.start()).stop();
  await fillAuditEvents(site.databaseUrl, many, { padding: 2_000 });
  server = await site.start({ ...resources.env, NODE_OPTIONS: `${heap} ${resources.env.NODE_OPTIONS}` });
  headers = { 'x-api-key': await site.adminKey() };
});
afterAll(() => site.remove());

const begin = () =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const url = `${server.url}${events}?format=ndjson`;
    get(url, { headers, agent: false }, (answer) => resolve(answer.setEncoding('latin1'))).on(
      'error',
      reject,
    );
  });

/** The ids of the events, by the piece in which they came. One event of each piece is looked at as a whole. */
async function* idsIn(answer: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = '';
  for await (const piece of answer) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (lines[0] !== undefined) JSON.parse(lines[0]);
    yield lines.map((line) => line.slice('{"id":"'.length, '{"id":"'.length + 36));
  }
  expect(rest).toBe('');
}

/** Resolves once the server has had next to nothing to do for a second. */
async function untilItRests(): Promise<void> {
  let before: number;
  do {
    before = resources.latest.cpuMs;
    await sleep(1_000);
  } while (resources.latest.cpuMs - before > 200);
}

it('holds each event once, the newest first, and takes no more memory the longer it is', async () => {
  for (let page = 0; page < 50; page += 1) await sendTo(server, 'GET', `${events}?limit=100`, { headers });
  const [before, samplesBefore] = [resources.latest, resources.all.length];
  let [lines, filled, misplaced, early] = [0, 0, 0, 0];
  let hasPaused = false;
  let last = 'g';
  for await (const ids of idsIn(await begin())) {
    for (const id of ids) {
      if (id >= last) misplaced += 1;
      if (id.startsWith(filledIds)) filled += 1;
      last = id;
    }
    lines += ids.length;
    if (early === 0 && lines > many / 8) early = resources.all.length;
    if (!hasPaused && lines > many / 2) {
      hasPaused = true;
      await untilItRests();
    }
  }
  cpuMsOfAll = resources.latest.cpuMs - before.cpuMs;
  expect({ filled, misplaced }).toEqual({ filled: many, misplaced: 0 });
  const sizes = resources.all.map(({ residentMiB }) => residentMiB);
  const peakSince = (sample: number) => Math.max(...sizes.slice(sample));
  expect(peakSince(samplesBefore) - before.residentMiB).toBeLessThan(100);
  expect(peakSince(early) - (sizes[early] ?? 0)).toBeLessThan(60);
  // The server had the time to tell.
  expect(sizes.length - early).toBeGreaterThan(20);
});

it('leaves others their turn, however fast it is read', async () => {
  let [lines, linesAtAnswer] = [0, NaN];
  let other: Promise<void> | undefined;
  for await (const ids of idsIn(await begin())) {
    lines += ids.length;
    if (lines > many / 20) {
      other ??= sendTo(server, 'GET', '/api/v1/auth/me', { headers }).then(
        () => void (linesAtAnswer = lines),
      );
    }
    if (linesAtAnswer > 0) break;
  }
  await other;
  expect(linesAtAnswer).toBeLessThan(many / 2);
});

it('ends with its reader: the server reads no further, and nothing fails', async () => {
  const before = resources.latest.cpuMs;
  let lines = 0;
  for await (const ids of idsIn(await begin())) {
    lines += ids.length;
    // This closes the connection.
    if (lines > many / 20) break;
  }
  await untilItRests();
  expect(resources.latest.cpuMs - before).toBeLessThan(cpuMsOfAll / 2);
  expect(await verdictOf(sendTo(server, 'GET', '/health/ready'))).toBe('200');
  expect(server.stderr).toBe('');
  expect(server.stdout).not.toMatch(/ERROR|WARN/);
});
