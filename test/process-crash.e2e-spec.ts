import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendTo, verdictOf } from './support/process-http.js';
import { KeyClient, type KnownKey, personalKeyPath } from './support/process-key-client.js';
import { createSite, type Site } from './support/process-site.js';
import type { GatehouseProcess } from './support/spawn-gatehouse.js';

const me = '/api/v1/auth/me';
let site: Site;
let server: GatehouseProcess;
const everybody: KeyClient[] = [];

beforeAll(async () => {
  site = await createSite();
  server = await site.start();
});
afterAll(() => site.remove());

it.each([1, 2, 3])(
  'keeps what it acknowledged, and no half of anything, over a power cut amid changes (%i)',
  async (round) => {
    const clients = Array.from(
      { length: 6 },
      (_, index) => new KeyClient(site.bearer(`person-${round}-${index}@example.com`)),
    );
    everybody.push(...clients);
    const working = Promise.all(clients.map((client) => client.work(server)));
    while (clients.some(({ acknowledged }) => acknowledged < 14)) await Promise.race([working, sleep(10)]);
    await sleep(70 * round);
    await server.kill();
    await working;

    server = await site.start();
    for (const client of everybody) await expectKept(client);
  },
);

/** Compares what the server knows with what the client was told. */
async function expectKept(client: KeyClient): Promise<void> {
  const { active, inDoubt } = client;
  const shown = await shownId(client);
  const doubtful = inDoubt === 'end' ? client.toolKeys.at(-1) : undefined;
  const isDoubtfulAlive = doubtful !== undefined && (await toolKeyVerdict(doubtful)) === '200';

  if (shown !== active?.id) {
    // Only the change in doubt can have made a difference, and only the one it was to make.
    expect(['create', 'refresh', 'revoke']).toContain(inDoubt);
    expect(shown === undefined).toBe(inDoubt === 'revoke');
    expect(client.ended.map(({ id }) => id)).not.toContain(shown);
  }
  if (active !== undefined) {
    expect(await personalKeyVerdict(active)).toBe(shown === active.id ? '200' : '401 INVALID_API_KEY');
  }
  const settled = client.toolKeys.filter((key) => key !== doubtful);
  expect(await verdictsOf(client.ended, personalKeyVerdict)).toEqual(['401 INVALID_API_KEY']);
  expect(await verdictsOf(settled, toolKeyVerdict)).toEqual(['200']);
  expect(await verdictsOf(client.endedToolKeys, toolKeyVerdict)).toEqual(['401 INVALID_TOOL_KEY']);

  const events = await eventsOf(client);
  expect(client.events.filter((event) => !events.includes(event))).toEqual([]);
  const surplus = events.filter((event) => !client.events.includes(event));
  if (inDoubt === 'issue') {
    expect(surplus.filter((event) => !event.startsWith('issued '))).toEqual([]);
    expect(surplus.length).toBeLessThan(2);
    return;
  }
  const made = {
    create: [`created ${shown}`],
    refresh: [`refreshed ${shown}`, `revoked ${active?.id}`],
    revoke: [`revoked ${active?.id}`],
    end: [`revoked ${doubtful?.id}`],
  };
  const wasMade = inDoubt === 'end' ? !isDoubtfulAlive : shown !== active?.id;
  expect(surplus.sort()).toEqual(inDoubt !== undefined && wasMade ? made[inDoubt] : []);
}

async function shownId({ headers }: KeyClient): Promise<string | undefined> {
  const { status, body } = await sendTo(server, 'GET', personalKeyPath, { headers });
  if (status === 200) return body.id;
  expect([status, body.code]).toEqual([404, 'NO_KEY']);
  return undefined;
}

const personalKeyVerdict = ({ key }: KnownKey) =>
  verdictOf(sendTo(server, 'GET', me, { headers: { 'x-api-key': key } }));
const toolKeyVerdict = ({ key }: KnownKey) =>
  verdictOf(sendTo(server, 'GET', me, { headers: { 'x-tool-key': key } }));

/** What the server thinks of these keys, the last of many; each verdict once. */
async function verdictsOf(keys: KnownKey[], verdict: (key: KnownKey) => Promise<string>): Promise<string[]> {
  return [...new Set(await Promise.all(keys.slice(-10).map(verdict)))];
}

/** All events of changes of the person's keys, as `type id`. */
async function eventsOf({ headers }: KeyClient): Promise<string[]> {
  const events: string[] = [];
  let cursor = '';
  while (cursor !== 'end') {
    const page = `${personalKeyPath}/events?limit=100${cursor}`;
    const { body } = await sendTo(server, 'GET', page, { headers });
    for (const { type, subject } of body.events) {
      if (type !== 'used' && type !== 'refused' && subject.type !== 'user')
        events.push(`${type} ${subject.id}`);
    }
    cursor = body.nextCursor === null ? 'end' : `&cursor=${body.nextCursor}`;
  }
  return events;
}
