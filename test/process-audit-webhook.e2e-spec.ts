import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuditReceiver } from './support/audit-receiver.js';
import { fillAuditEvents, filledIds, putIntoOutbox } from './support/fill-audit-events.js';
import { sendTo } from './support/process-http.js';
import { createSite, type Site } from './support/process-site.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';
import { WatchedResources } from './support/watched-resources.js';

jest.setTimeout(180_000);

let site: Site;
let receiver: AuditReceiver;
let server: GatehouseProcess;

beforeEach(async () => {
  receiver = new AuditReceiver();
  await receiver.open();
  site = await createSite({ AUDIT_WEBHOOK_URL: receiver.url, AUDIT_WEBHOOK_SECRET: receiver.secret });
});
afterEach(async () => {
  await site.remove();
  await receiver.close();
});

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}

async function createKey(name: string): Promise<void> {
  const headers = { 'x-api-key': await site.adminKey() };
  const { status } = await sendTo(server, 'POST', '/api/v1/api-keys', { headers, body: { name } });
  expect(status).toBe(201);
}

/** The ids of all events in the trail. What is still to be written in the background is. */
async function idsInTrail(): Promise<string[]> {
  const headers = { 'x-api-key': await site.adminKey() };
  const answer = await fetch(`${server.url}/api/v1/admin/audit-events?format=ndjson`, { headers });
  const lines = (await answer.text()).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { id: string }).id).sort();
}

const idsTaken = () => [...new Set(receiver.taken.map(({ id }) => id))].sort();

it('every event arrives and none is invented: receiver down, failing, slow, and the service killed while it sends', async () => {
  await receiver.close();
  server = await site.start();
  await createKey('while it is down');
  await until(() => server.stdout.includes('could not be sent'));

  let failures = 0;
  receiver.answer = (response) => {
    failures += 1;
    response.writeHead(failures % 2 === 0 ? 503 : 500).end('no');
  };
  await receiver.open();
  await createKey('while it fails');
  await until(() => failures >= 2);
  expect(receiver.taken).toEqual([]);

  // It has read the events, says nothing for long, and the service is killed.
  let hanging = 0;
  receiver.answer = () => void (hanging += 1);
  await createKey('while it hangs');
  await until(() => hanging > 0);
  await server.kill();
  expect(receiver.taken).toEqual([]);

  receiver.answer = async (response) => {
    await sleep(200);
    response.writeHead(200).end('{"ok":true}');
  };
  server = await site.start();
  await createKey('after the crash');
  await until(async () => (await idsInTrail()).every((id) => idsTaken().includes(id)));
  expect(idsTaken()).toEqual(await idsInTrail());
  expect(receiver.faults).toEqual([]);
  expect(receiver.taken.filter(({ type }) => type === 'created').length).toBeGreaterThanOrEqual(5);
  await server.stop();
  expect(`${server.stdout}${server.stderr}`).not.toContain(receiver.secret.slice('whsec_'.length, 20));
});

it('what the command line does arrives as well', async () => {
  server = await site.start();
  const { code, stdout } = await site.run({}, 'cli/keys.js', 'create', '--name', 'by-hand', '--json');
  expect(code).toBe(0);
  const { id } = JSON.parse(stdout) as { id: string };
  await until(() => receiver.taken.some(({ subject }) => subject.id === id));
});

it('a backlog of 6,000 goes out in small messages, and takes no memory', async () => {
  const resources = new WatchedResources(join(site.folder, 'resources'));
  await receiver.close();
  server = await site.start();
  await server.kill();
  const count = 6_000;
  await fillAuditEvents(site.databaseUrl, count);
  await putIntoOutbox(site.databaseUrl);
  await receiver.open();
  const heap = '--max-semi-space-size=4 --max-old-space-size=512';
  server = await site.start({ ...resources.env, NODE_OPTIONS: `${heap} ${resources.env.NODE_OPTIONS}` });
  await until(() => receiver.taken.length > 2_000);
  const early = resources.all.length;
  await until(() => receiver.taken.length >= count);
  const sizes = resources.all.map(({ residentMiB }) => residentMiB);
  expect(Math.max(...sizes.slice(early)) - (sizes[early - 1] ?? 0)).toBeLessThan(60);
  const filled = receiver.taken.map(({ id }) => id).filter((id) => id.startsWith(filledIds));
  expect(filled).toEqual([...filled].sort());
  expect([filled.length, new Set(filled).size]).toEqual([count, count]);
  expect(Math.max(...receiver.messages.map(({ events }) => events.length))).toBeLessThanOrEqual(50);
});
