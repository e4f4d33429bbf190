import { describe, expect, it } from '@jest/globals';
import { aTask, by, type Headers, type Issued, verdictOf } from './support/agents.js';
import type { Json } from './support/json.js';
import { serveAgents } from './support/serve-agents.js';

const path = '/api/v1/tool-keys';
const { gatehouse, agents } = serveAgents();
let turn = 0;

const aPerson = () => gatehouse.bearer(`lister-${(turn += 1)}@example.com`);
const get = (to: string, requester: Headers) => agents.ask('GET', `${path}${to}`, requester);
const idsOf = ({ body }: Awaited<ReturnType<typeof get>>) =>
  body.keys.map(({ id }: Issued) => id) as string[];
const query = (taskId: string) => `?taskId=${encodeURIComponent(taskId)}`;

/** The ids of all pages, and how many there were. */
async function readAll(to: string, requester: Headers): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = [];
  let cursor = '';
  let pages = 0;
  do {
    const answer = await get(`${to}${to.includes('?') ? '&' : '?'}limit=2${cursor}`, requester);
    ids.push(...idsOf(answer));
    cursor = answer.body.nextCursor === null ? '' : `&cursor=${answer.body.nextCursor}`;
    pages += 1;
  } while (cursor !== '');
  return { ids, pages };
}

describe('GET /api/v1/tool-keys', () => {
  it('lists the keys of the owner, the newest first, as each was issued', async () => {
    const person = aPerson();
    const issued: Json[] = [];
    for (let count = 0; count < 3; count += 1) issued.unshift((await agents.requestKey(person)).body);
    const { status, body } = await get('', person);
    expect(status).toBe(200);
    expect(body).toEqual({
      keys: issued.map(({ key: _secret, shortened: _shortened, ...shown }) => shown),
      nextCursor: null,
    });
  });

  it('lists those of one task, and none for one that has none', async () => {
    const person = aPerson();
    const line = await agents.issueLine(person, 3);
    await agents.issue(person);
    expect(idsOf(await get(query(line[0]!.taskId), person))).toEqual(line.map(({ id }) => id).toReversed());
    expect((await get(query(aTask()), person)).body).toEqual({ keys: [], nextCursor: null });
  });

  it('gives pages that join without a gap, though keys are added meanwhile', async () => {
    const person = aPerson();
    const taskId = aTask();
    const issued: string[] = [];
    for (let count = 0; count < 5; count += 1) issued.unshift((await agents.issue(person, { taskId })).id);
    expect(await readAll('', person)).toEqual({ ids: issued, pages: 3 });
    expect(await readAll(query(taskId), person)).toEqual({ ids: issued, pages: 3 });
    const first = await get('?limit=2', person);
    await agents.issue(person, { taskId });
    const rest = await get(`?limit=100&cursor=${first.body.nextCursor}`, person);
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(issued);
  });

  it('hides keys of other owners, even if their task has the same name', async () => {
    const [ada, eve] = [aPerson(), aPerson()];
    const taskId = aTask();
    const [hers, his] = [await agents.issue(ada, { taskId }), await agents.issue(eve, { taskId })];
    for (const to of ['', query(taskId)]) {
      expect(idsOf(await get(to, ada))).toEqual([hers.id]);
      expect(idsOf(await get(to, eve))).toEqual([his.id]);
    }
  });

  it('takes a cursor only for the list it came from', async () => {
    const [ada, eve] = [aPerson(), aPerson()];
    const taskId = aTask();
    for (const requester of [ada, ada, ada, eve, eve, eve]) await agents.issue(requester, { taskId });
    const { nextCursor } = (await get('?limit=1', ada)).body;
    const tampered = `${nextCursor.startsWith('A') ? 'B' : 'A'}${nextCursor.slice(1)}`;
    for (const [to, requester] of [
      [`?limit=1&cursor=${tampered}`, ada],
      [`?limit=1&cursor=${nextCursor.slice(0, -1)}`, ada],
      [`?limit=1&cursor=${nextCursor}`, eve],
      [`${query(taskId)}&cursor=${nextCursor}`, ada],
      [`?cursor=x`, ada],
    ] as const) {
      const answer = await get(to, requester);
      expect(verdictOf(answer)).toBe('400 VALIDATION_FAILED');
      expect(answer.body.details[0].path).toBe('cursor');
    }
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'taskId=',
    `taskId=${'x'.repeat(201)}`,
    'offset=1',
    'ownerId=x',
  ])('rejects ?%s', async (wrong) => {
    const answer = await get(`?${wrong}`, aPerson());
    expect(verdictOf(answer)).toBe('400 VALIDATION_FAILED');
    expect(answer.body.details[0].path).toBe(wrong.split('=')[0]);
  });

  it('needs tool-keys:read of a service key', async () => {
    const person = aPerson();
    const key = await agents.issue(person);
    for (const [scopes, expected] of [
      [['tool-keys:read'], '200'],
      [['*:read'], '200'],
      [['tool-keys:issue'], '403 INSUFFICIENT_SCOPE'],
    ] as const) {
      const service = by((await agents.serviceKey({ scopes }, person)).key);
      for (const to of ['', `/${key.id}`, `/${key.id}/tree`])
        expect(verdictOf(await get(to, service))).toBe(expected);
    }
  });
});

describe('GET /api/v1/tool-keys/:id/tree', () => {
  it('gives a key and all below it, issuers first, and nothing beside or above', async () => {
    const person = aPerson();
    const root = await agents.issue(person);
    const left = await agents.issue(root);
    const right = await agents.issue(root);
    const below = [await agents.issue(right), await agents.issue(left), await agents.issue(right)];
    await agents.issue(person, { taskId: root.taskId });
    const all = [root, left, right, ...below].map(({ id }) => id);
    const tree = await get(`/${root.id}/tree`, person);
    expect(idsOf(tree)).toEqual(all);
    expect(tree.body.keys.map(({ depth }: { depth: number }) => depth)).toEqual([1, 2, 2, 3, 3, 3]);
    expect(idsOf(await get(`/${right.id}/tree`, person))).toEqual([right.id, below[0]?.id, below[2]?.id]);
    expect(idsOf(await get(`/${below[1]?.id}/tree`, person))).toEqual([below[1]?.id]);
    expect(await readAll(`/${root.id}/tree`, person)).toEqual({ ids: all, pages: 3 });
    const { nextCursor } = (await get(`/${root.id}/tree?limit=1`, person)).body;
    const misplaced = await get(`/${right.id}/tree?cursor=${nextCursor}`, person);
    expect(verdictOf(misplaced)).toBe('400 VALIDATION_FAILED');
  });

  it('still gives what has ended', async () => {
    const person = aPerson();
    const line = await agents.issueLine(person, 5);
    await agents.revoke(line[1]!, person);
    const { keys } = (await get(`/${line[0]!.id}/tree`, person)).body;
    const ends = keys.map(({ endedBecause }: { endedBecause: string | null }) => endedBecause);
    expect(ends).toEqual([null, 'REVOKED', 'PARENT_REVOKED', 'PARENT_REVOKED', 'PARENT_REVOKED']);
  });

  it('is 404 for another owner, as is the key itself', async () => {
    const key = await agents.issue(aPerson());
    const eve = aPerson();
    for (const to of [`/${key.id}`, `/${key.id}/tree`]) {
      expect(verdictOf(await get(to, eve))).toBe('404 NOT_FOUND');
      expect(verdictOf(await get(to, by(gatehouse.adminKey)))).toBe('404 NOT_FOUND');
    }
  });

  it('rejects the filter of a list', async () => {
    const person = aPerson();
    const { id, taskId } = await agents.issue(person);
    expect(verdictOf(await get(`/${id}/tree${query(taskId)}`, person))).toBe('400 VALIDATION_FAILED');
  });
});
