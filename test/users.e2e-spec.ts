import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v4, v7 } from 'uuid';
import { Database } from '../src/database/database.js';
import { pageOfUsers, type UserListFilter } from '../src/identity/user-lists.js';
import { Owner } from '../src/identity/owner.entity.js';
import { User } from '../src/identity/user.entity.js';
import { agentsOf, type Agents, by } from './support/agents.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

declare const databaseKind: 'sqlite' | 'postgres';
const isPostgres = databaseKind === 'postgres';

const path = '/api/v1/admin/users';
let gatehouse: Gatehouse;
let agents: Agents;

const ask = (method: string, to: string, body?: unknown) =>
  agents.ask(method, `${path}${to}`, by(gatehouse.adminKey), body);
const list = async (query: string) => {
  const { status, body } = await ask('GET', query);
  expect(status).toBe(200);
  return body as { users: Json[]; total: number | null; nextCursor: string | null };
};
const emailsOf = ({ users }: { users: Json[] }) => users.map(({ email }) => email as string | null);
const userIdOf = async (email: string) => (await agents.me(gatehouse.bearer(email))).body.userId as string;
/** Rows, as an import or many logins would leave them. */
const put = async (emails: readonly (string | null)[], fields: Partial<User> = {}) => {
  const ids: string[] = [];
  for (const email of emails) {
    gatehouse.pass(1);
    const createdAt = new Date(gatehouse.now());
    const owner = { id: v7(), name: 'owner', disabledAt: null, createdAt };
    const id = v4();
    ids.push(id);
    await gatehouse.app.get(Database).write(async (manager) => {
      await manager.insert(Owner, owner);
      const unset = { disabledAt: null, erasedAt: null, tokensValidFrom: null };
      const login = { issuer: 'https://lists.example.com', subject: id, email };
      await manager.insert(User, { id, ownerId: owner.id, ...login, ...unset, createdAt, ...fields });
    });
  }
  return ids;
};

beforeAll(async () => {
  gatehouse = await startGatehouse();
  agents = agentsOf(gatehouse);
});
afterAll(() => gatehouse.close());

describe('every route', () => {
  it.each([
    ['GET', ''],
    ['GET', '/:id'],
    ['POST', '/:id/disable'],
    ['POST', '/:id/enable'],
    ['DELETE', '/:id/keys'],
    ['DELETE', '/:id'],
  ])('%s %s is closed to all but admins, and knows no other id', async (method, to) => {
    const victim = await userIdOf('victim@example.com');
    const personal = await createPersonalKey(
      gatehouse,
      `${method}${to}@example.com`.replaceAll(/[/:]/g, '-'),
    );
    const callers = [gatehouse.bearer(), gatehouse.bearer('victim@example.com'), by(personal.key)];
    for (const caller of [...callers, by((await issueToolKey(gatehouse)).key)]) {
      const answer = await agents.ask(method, `${path}${to.replace(':id', victim)}`, caller);
      expect([answer.status, answer.body.code]).toEqual([403, 'FORBIDDEN']);
    }
    expect((await gatehouse.send(method, `${path}${to.replace(':id', victim)}`)).status).toBe(401);
    expect((await ask('GET', `/${victim}`)).body.status).toBe('active');
    if (to === '') return;
    const { body } = await agents.me(gatehouse.bearer('victim@example.com'));
    for (const id of [v4(), body.ownerId, 'x', '%00', `${victim}%20`, `${victim}'--`])
      expect((await ask(method, to.replace(':id', id))).status).toBe(404);
  });
});

describe('GET /api/v1/admin/users', () => {
  it('lists the users, the newest first, each once', async () => {
    const ids = (
      await put(['one@list.example', null, 'two@list.example', 'three@list.example'])
    ).toReversed();
    const first = await list('?limit=2');
    expect(first.users.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.users[0]).toMatchObject({
      issuer: 'https://lists.example.com',
      subject: ids[0],
      email: 'three@list.example',
      status: 'active',
      disabledAt: null,
      erasedAt: null,
      tokensValidFrom: null,
      createdAt: new Date(gatehouse.now()).toISOString(),
    });
    await put(['later@list.example']);
    const second = await list(`?limit=2&cursor=${first.nextCursor}`);
    expect(second.users.map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await list('?limit=100')).total).toBe((await list('?limit=1')).total);
  });

  it('goes on among users of one moment, and with ids of no UUID version', async () => {
    const fields = { createdAt: new Date(gatehouse.now() + 1_000_000) };
    const ids = await put(['a@same.example', 'b@same.example', 'c@same.example'], fields);
    const ancient = '00000000-0000-0000-0000-000000000001';
    await put(['d@same.example'], { ...fields, id: ancient });
    const seen: string[] = [];
    for (let cursor = ''; seen.length < 4;) {
      const page = await list(`?limit=1${cursor}`);
      seen.push(...page.users.map(({ id }) => id as string));
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(new Set(seen)).toEqual(new Set([...ids, ancient]));
    expect((await ask('GET', `/${ancient}`)).body).toMatchObject({ id: ancient, email: 'd@same.example' });
  });

  it('finds users by how their e-mail begins, in its order, and reads no pattern in it', async () => {
    const all = ['Zoe@s.example', 'zo%e@s.example', 'zo_e@s.example', 'zo\\e@s.example', "zo'e@s.example"];
    await put([...all, 'zoë@s.example', 'ZOE2@s.example', null, 'other-zoe@s.example', 'zoe@S.example']);
    const found = async (search: string) =>
      emailsOf(await list(`?search=${encodeURIComponent(search)}&limit=50`)).sort();
    expect(await found('zoe')).toEqual(['ZOE2@s.example', 'Zoe@s.example', 'zoe@S.example']);
    expect(await found('ZOE@S')).toEqual(['Zoe@s.example', 'zoe@S.example']);
    expect(await found('zo%')).toEqual(['zo%e@s.example']);
    expect(await found('zo_')).toEqual(['zo_e@s.example']);
    expect(await found('zo\\')).toEqual(['zo\\e@s.example']);
    expect(await found("zo'")).toEqual(["zo'e@s.example"]);
    expect(await found('zoë')).toEqual(['zoë@s.example']);
    expect(await found('%zo')).toEqual([]);
    expect(await found("' OR 1=1 --")).toEqual([]);
    expect(await found('zo')).toHaveLength(8);
    expect(await found('\u{10FFFF}')).toEqual([]);
    const [one] = emailsOf(await list('?search=zo&limit=1'));
    const pages = [one];
    for (let { nextCursor } = await list('?search=zo&limit=1'); nextCursor !== null;) {
      const page = await list(`?search=zo&limit=1&cursor=${nextCursor}`);
      pages.push(...emailsOf(page));
      ({ nextCursor } = page);
    }
    expect(pages).toEqual(emailsOf(await list('?search=ZO&limit=50')));
    expect([...pages].sort()).toEqual(await found('zo'));
    expect(pages.map((email) => email?.toLowerCase())).toEqual(
      pages.map((email) => email?.toLowerCase()).sort(),
    );
  });

  it('is narrowed by status and owner, with every other filter', async () => {
    const at = { disabledAt: new Date(1) };
    const [active = ''] = await put(['n1@n.example']);
    const [disabled = ''] = await put(['n2@n.example'], at);
    await put([null], { ...at, erasedAt: new Date(2), subject: 'erased\nx' });
    const { ownerId } = (await ask('GET', `/${disabled}`)).body;
    const idsFor = async (query: string) => (await list(query)).users.map(({ id }) => id);
    expect(await idsFor('?search=n&status=active')).toContain(active);
    expect(await idsFor('?search=N2&status=disabled')).toEqual([disabled]);
    expect(await idsFor('?search=n2&status=active')).toEqual([]);
    expect(await idsFor('?status=disabled')).toEqual([disabled]);
    expect(await idsFor(`?ownerId=${ownerId}`)).toEqual([disabled]);
    expect(await idsFor(`?ownerId=${ownerId}&status=disabled&search=n`)).toEqual([disabled]);
    expect(await idsFor(`?ownerId=${ownerId}&status=active`)).toEqual([]);
    const erased = await list('?status=erased');
    expect(erased.users).toMatchObject([{ subject: null, email: null, status: 'erased' }]);
    expect([erased.total, (await list('?status=disabled')).total]).toEqual([1, 1]);
    expect((await list('?search=n2')).total).toBe(1);
  });

  it('rejects what is no filter or no cursor of its list', async () => {
    const queries = [
      'search=',
      `search=${'x'.repeat(321)}`,
      'search=a%00',
      'status=gone',
      'ownerId=',
      'role=admin',
    ];
    for (const query of [...queries, 'ownerId=a%00b', 'limit=101', 'search=a&search=b', 'cursor=AAAA'])
      expect([query, (await ask('GET', `?${query}`)).status]).toEqual([query, 400]);
    await put(['c1@c.example', 'c2@c.example']);
    const { nextCursor } = await list('?search=c1%40&limit=1');
    expect(nextCursor).toBeNull();
    const cursor = (await list('?search=c&limit=1')).nextCursor;
    for (const query of ['', 'search=d&', 'search=c&status=active&'])
      expect((await ask('GET', `?${query}limit=1&cursor=${cursor}`)).status).toBe(400);
  });

  it('says so when the last user of a page was erased meanwhile', async () => {
    const [first = ''] = await put(['e1@e.example', 'e2@e.example']);
    const { nextCursor } = await list('?search=e&limit=1');
    expect((await ask('DELETE', `/${first}`)).status).toBe(200);
    const answer = await ask('GET', `?search=e&limit=1&cursor=${nextCursor}`);
    expect([answer.status, answer.body.details[0].path]).toEqual([400, 'cursor']);
    const { nextCursor: newest } = await list('?limit=1');
    await ask('DELETE', `/${(await list('?limit=1')).users[0]?.id}`);
    expect((await ask('GET', `?limit=1&cursor=${newest}`)).status).toBe(200);
  });

  it.each<[UserListFilter, string]>([
    [{}, 'ix_users_created'],
    [{ search: 'a' }, 'ix_users_email'],
    [{ status: 'disabled' }, 'ix_users_disabled_created'],
    [{ status: 'active', search: 'a' }, 'ix_users_active_email'],
    [{ status: 'erased' }, 'ix_users_erased_created'],
    [{ status: 'disabled', search: 'a' }, 'ix_users_disabled_email'],
    [{ ownerId: 'x', status: 'active' }, 'ix_users_owner'],
  ])('reads for %j the index %s, in its order', async (filter, index) => {
    const [any] = await gatehouse.app.get(Database).read((manager) => manager.find(User, { take: 1 }));
    for (const last of [undefined, { ...any, email: 'b' } as User]) {
      const plan = await gatehouse.app.get(Database).write(async (manager) => {
        const [sql, values] = pageOfUsers(manager, filter, { limit: 5, last }).getQueryAndParameters();
        if (!isPostgres) return JSON.stringify(await manager.query(`EXPLAIN QUERY PLAN ${sql}`, values));
        // With few rows PostgreSQL needs no index; these are gone at the end.
        await manager.query('SAVEPOINT many');
        await manager.query(
          `INSERT INTO users (id, owner_id, issuer, subject, email, created_at, disabled_at)
             SELECT gen_random_uuid(), $1, 'many', n, n || '@many.example', n, nullif(n % 10, 0) FROM generate_series(1, 3000) n`,
          [any?.ownerId],
        );
        await manager.query('ANALYZE users');
        const rows = await manager.query(`EXPLAIN ${sql}`, values);
        await manager.query('ROLLBACK TO SAVEPOINT many');
        return JSON.stringify(rows);
      });
      expect(plan).toMatch(new RegExp(`${index}\\b`));
      if (filter.ownerId === undefined) expect(plan).not.toMatch(/Sort|TEMP B-TREE|Seq Scan/);
    }
  });
});

describe('GET /api/v1/admin/users/:id', () => {
  it('counts the active API keys and tool keys', async () => {
    const email = 'counted@example.com';
    const id = await userIdOf(email);
    const counts = async () => {
      const { body } = await ask('GET', `/${id}`);
      return [body.apiKeys, body.toolKeys];
    };
    expect(await counts()).toEqual([0, 0]);
    const personal = await createPersonalKey(gatehouse, email);
    const [top] = await agents.issueLine(gatehouse.bearer(email), 3);
    await agents.issue(by(personal.key));
    await agents.issue(gatehouse.bearer('another@example.com'));
    expect(await counts()).toEqual([1, 4]);
    await agents.ask('DELETE', `/api/v1/tool-keys/${top?.id}`, gatehouse.bearer(email));
    expect(await counts()).toEqual([1, 1]);
    await agents.ask('DELETE', '/api/v1/auth/api-keys', gatehouse.bearer(email));
    expect(await counts()).toEqual([0, 0]);
  });
});

describe('keys of disabled users and owners', () => {
  it('are shown as what they are, each until it is enabled again', async () => {
    const { key, ...made } = await createPersonalKey(gatehouse, 'standing@example.com');
    const { userId, ownerId } = (await agents.me(by(key))).body;
    const bearer = gatehouse.bearer('standing@example.com');
    const service = (await agents.ask('POST', '/api/v1/api-keys', bearer, { name: 'ci' })).body;
    const switched = (what: 'users' | 'owners', id: string, how: 'enable' | 'disable') =>
      agents.ask('POST', `/api/v1/admin/${what}/${id}/${how}`, by(gatehouse.adminKey));
    const shown = async () => {
      const root = by(gatehouse.adminKey);
      const { keys } = (await agents.ask('GET', `/api/v1/admin/api-keys?ownerId=${ownerId}`, root)).body;
      const one = (await agents.ask('GET', `/api/v1/admin/api-keys/${made.id}`, root)).body;
      const of = ({ status, effectiveStatus }: Json) => `${status} ${effectiveStatus}`;
      expect(of(one)).toBe(of(keys.find(({ id }: Json) => id === made.id)));
      return [of(one), of(keys.find(({ id }: Json) => id === service.id))];
    };
    expect(await shown()).toEqual(['active active', 'active active']);
    await switched('users', userId, 'disable');
    expect((await agents.me(by(key))).status).toBe(401);
    expect(await shown()).toEqual(['active user_disabled', 'active active']);
    await switched('owners', ownerId, 'disable');
    expect(await shown()).toEqual(['active user_disabled', 'active owner_disabled']);
    await switched('users', userId, 'enable');
    expect(await shown()).toEqual(['active owner_disabled', 'active owner_disabled']);
    await switched('owners', ownerId, 'enable');
    expect(await shown()).toEqual(['active active', 'active active']);
    await agents.ask('DELETE', `/api/v1/admin/api-keys/${made.id}`, by(gatehouse.adminKey));
    await switched('users', userId, 'disable');
    expect((await shown())[0]).toBe('revoked revoked');
  });
});
