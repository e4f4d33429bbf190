import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, type Gatehouse, issueToolKey, startGatehouse } from './support/gatehouse.js';
import { boundedSteps, playWithin } from './support/key-bounds-model.js';

type Made = { readonly id: string; readonly key: string; readonly lineageId: string };

const path = '/api/v1/api-keys';
const personal = '/api/v1/auth/api-keys';
const limit = { limit: 3, windowSeconds: 60 };
let gatehouse: Gatehouse;
let people = 0;

const emailOf = () => `bounded-${(people += 1)}@example.com`;
const by = (key: string) => ({ 'x-api-key': key });
const verdict = ({ status, body }: Answer) =>
  status < 400 ? `${status}` : `${status} ${body.code as string}`;
const send = (method: string, where: string, headers: Record<string, string>, body?: unknown) =>
  gatehouse.send(method, where, { headers, body });
const patch = (id: string, headers: Record<string, string>, body: object) =>
  send('PATCH', `${path}/${id}`, headers, body);
const patchAsAdmin = (id: string, body: object) =>
  send('PATCH', `/api/v1/admin/api-keys/${id}`, by(gatehouse.adminKey), body);
const me = async (key: string) => verdict(await send('GET', '/api/v1/auth/me', by(key)));

async function make(
  fields: object,
  headers: Record<string, string> = gatehouse.bearer(emailOf()),
): Promise<Made> {
  const { status, body } = await send('POST', path, headers, { name: 'bounded', ...fields });
  expect([status, body.code]).toEqual([201, undefined]);
  return body;
}

beforeAll(async () => {
  gatehouse = await startGatehouse();
});
afterAll(() => gatehouse.close());

describe('a key with networks and a limit', () => {
  const bounds = { scopes: ['api-keys:write', 'files:read'], allowedIps: ['127.0.0.0/8'], rateLimit: limit };
  const wide = { ...bounds, rateLimit: { limit: 1_000, windowSeconds: 60 } };

  it.each<[string, object, string]>([
    ['to be good everywhere', { allowedIps: null }, 'allowedIps'],
    ['to be good in a wider network', { allowedIps: ['126.0.0.0/7'] }, 'allowedIps'],
    ['to be good in one network more', { allowedIps: ['127.0.0.1', '203.0.113.9'] }, 'allowedIps'],
    ['to have no limit', { rateLimit: null }, 'rateLimit'],
    ['to have a higher limit', { rateLimit: { limit: 1_001, windowSeconds: 60 } }, 'rateLimit'],
    ['to have another window', { rateLimit: { limit: 1_000, windowSeconds: 59 } }, 'rateLimit'],
    ['both of it', { allowedIps: null, rateLimit: null }, 'allowedIps'],
  ])('cannot change itself %s', async (_what, change, at) => {
    const { id, key } = await make(wide);
    const answer = await patch(id, by(key), change);
    expect([verdict(answer), answer.body.details[0].path]).toEqual(['403 FORBIDDEN', at]);
    expect((await patch(id, by(key), { allowedIps: ['127.0.0.1'], rateLimit: limit })).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ['either', {}, 'allowedIps'],
    ['networks', { rateLimit: limit }, 'allowedIps'],
    ['a limit', { allowedIps: ['127.0.0.1'] }, 'rateLimit'],
    ['networks within its own', { allowedIps: ['::1'], rateLimit: limit }, 'allowedIps'],
    [
      'the window of its own',
      { allowedIps: ['127.0.0.1'], rateLimit: { limit: 3, windowSeconds: 6 } },
      'rateLimit',
    ],
  ])('cannot create a key without %s', async (_what, fields, at) => {
    const { key } = await make(wide);
    const answer = await send('POST', path, by(key), { name: 'child', ...fields });
    expect([verdict(answer), answer.body.details[0].path]).toEqual(['403 FORBIDDEN', at]);
  });

  it('cannot loosen, enable or take over another key of its owner that exceeds it', async () => {
    const person = gatehouse.bearer(emailOf());
    const { key } = await make(wide, person);
    const other = await make({ ...wide, allowedIps: ['127.0.0.1'] }, person);
    const free = await make({ enabled: false }, person);
    expect(verdict(await patch(other.id, by(key), { allowedIps: null }))).toBe('403 FORBIDDEN');
    expect(verdict(await patch(other.id, by(key), { rateLimit: null }))).toBe('403 FORBIDDEN');
    expect(verdict(await patch(free.id, by(key), { enabled: true }))).toBe('403 FORBIDDEN');
    expect(verdict(await send('POST', `${path}/${free.id}/rotate`, by(key)))).toBe('403 FORBIDDEN');
    expect(verdict(await patch(free.id, by(key), { allowedIps: ['203.0.113.9'] }))).toBe('200');
  });

  it('shares its window with every key that it makes, and with all that those make', async () => {
    const maker = await make({ ...bounds, rateLimit: { limit: 6, windowSeconds: 60 } });
    const fields = { ...bounds, rateLimit: { limit: 6, windowSeconds: 60 } };
    const child = await make(fields, by(maker.key));
    const grandchild = await make(fields, by(child.key));
    expect([child.lineageId, grandchild.lineageId]).toEqual([maker.id, maker.id]);
    const family = [maker, child, grandchild, maker, child, grandchild, maker];
    const seen: string[] = [];
    for (const { key } of family) seen.push(await me(key));
    // Two calls made the keys.
    expect(seen.filter((one) => one === '200')).toHaveLength(4);
  });

  it('takes over no second window by rotating another key', async () => {
    const person = gatehouse.bearer(emailOf());
    const { id, key } = await make(bounds, person);
    const other = await make({ ...bounds, scopes: ['files:read'] }, person);
    const { body } = await send('POST', `${path}/${other.id}/rotate`, by(key));
    expect(body.lineageId).toBe(id);
    expect([await me(body.key), await me(body.key), await me(body.key)]).toEqual([
      '200',
      '200',
      '429 RATE_LIMITED',
    ]);
  });
});

describe('the limit of a lineage', () => {
  it('is one window, however often the key rotates itself', async () => {
    let { key, id } = await make({ scopes: ['api-keys:write'], rateLimit: limit });
    const first = id;
    for (let turn = 0; turn < 3; turn += 1) {
      const { status, body } = await send('POST', `${path}/${id}/rotate`, by(key));
      expect([status, body.lineageId]).toEqual([201, first]);
      ({ key, id } = body);
    }
    expect(verdict(await send('POST', `${path}/${id}/rotate`, by(key)))).toBe('429 RATE_LIMITED');
    gatehouse.pass(60);
    expect(await me(key)).toBe('200');
  });

  it('is shared by the old and the new key during an overlap, and by their tool keys', async () => {
    const person = gatehouse.bearer(emailOf());
    const old = await make(
      { scopes: ['tool-keys:issue'], rateLimit: { limit: 4, windowSeconds: 60 } },
      person,
    );
    const tool = await issueToolKey(gatehouse, {}, by(old.key));
    const rotated = await send('POST', `${path}/${old.id}/rotate`, person, { overlapSeconds: 60 });
    const seen = [await me(old.key), await me(rotated.body.key)];
    seen.push(verdict(await send('GET', '/api/v1/auth/me', { 'x-tool-key': tool.key })));
    seen.push(await me(old.key), await me(rotated.body.key));
    expect(seen).toEqual(['200', '200', '200', '429 RATE_LIMITED', '429 RATE_LIMITED']);
  });

  it('is the same for all personal keys of a user, refreshed or deleted and made again', async () => {
    const person = gatehouse.bearer(emailOf());
    const { body: first } = await send('POST', personal, person);
    await patchAsAdmin(first.id, { rateLimit: limit });
    expect(await me(first.key)).toBe('200');
    const { body: second } = await send('POST', `${personal}/refresh`, person);
    expect(await me(second.key)).toBe('200');
    await send('DELETE', personal, person);
    const { body: third } = await send('POST', personal, person);
    expect([await me(third.key), await me(third.key)]).toEqual(['200', '429 RATE_LIMITED']);
  });
});

describe('what an admin imposes on a personal key', () => {
  const made = async (person: Record<string, string>) => (await send('POST', personal, person)).body as Made;
  const bounds = () => ({
    expiresAt: new Date(gatehouse.now() + 3_600_000).toISOString(),
    allowedIps: ['127.0.0.0/8'],
    rateLimit: limit,
  });
  const look = async (id: string) =>
    (await send('GET', `/api/v1/admin/api-keys/${id}`, by(gatehouse.adminKey))).body;

  it('is carried over by refresh, and by delete and create', async () => {
    const person = gatehouse.bearer(emailOf());
    const wanted = bounds();
    await patchAsAdmin((await made(person)).id, wanted);
    const { body: refreshed } = await send('POST', `${personal}/refresh`, person);
    expect(await look(refreshed.id)).toMatchObject({ ...wanted, enabled: true });
    await send('DELETE', personal, person);
    expect(await look((await made(person)).id)).toMatchObject(wanted);
  });

  it.each<[string, (person: Record<string, string>, key: Made) => Promise<unknown>]>([
    ['disabled it', (_person, { id }) => patchAsAdmin(id, { enabled: false })],
    [
      'let it end',
      async (_person, { id }) => {
        await patchAsAdmin(id, { expiresAt: new Date(gatehouse.now() + 1_000).toISOString() });
        gatehouse.pass(2);
      },
    ],
  ])('keeps the user from having another while the admin %s', async (_what, impose) => {
    const email = emailOf();
    const key = await made(gatehouse.bearer(email));
    await impose(gatehouse.bearer(email), key);
    const person = gatehouse.bearer(email);
    const rejected = await send('POST', `${personal}/refresh`, person);
    expect([verdict(rejected), rejected.body.message]).toEqual([
      '403 FORBIDDEN',
      expect.stringContaining('administrator'),
    ]);
    expect(verdict(await send('POST', personal, person))).toBe('403 FORBIDDEN');
    expect(verdict(await send('DELETE', personal, person))).toBe('200');
    expect(verdict(await send('POST', personal, person))).toBe('403 FORBIDDEN');
    expect(verdict(await send('POST', `${personal}/refresh`, person))).toBe('403 FORBIDDEN');

    expect((await patchAsAdmin(key.id, { enabled: true, expiresAt: null })).status).toBe(200);
    expect(await me(key.key)).toBe('401 INVALID_API_KEY');
    const again = await send('POST', personal, person);
    expect([again.status, await me(again.body.key)]).toEqual([201, '200']);
  });

  it('does not bring a key back that had expired', async () => {
    const email = emailOf();
    const key = await made(gatehouse.bearer(email));
    await patchAsAdmin(key.id, { expiresAt: new Date(gatehouse.now() + 1_000).toISOString() });
    gatehouse.pass(2);
    expect((await patchAsAdmin(key.id, { expiresAt: null })).body.status).toBe('revoked');
    expect(await me(key.key)).toBe('401 INVALID_API_KEY');
    expect(verdict(await send('POST', `${personal}/refresh`, gatehouse.bearer(email)))).toBe('200');
  });

  it('may be said of any key that the user had', async () => {
    const person = gatehouse.bearer(emailOf());
    const first = await made(person);
    const { body: second } = await send('POST', `${personal}/refresh`, person);
    const { status, body } = await patchAsAdmin(first.id, { enabled: false });
    expect([status, body.id, body.enabled]).toEqual([200, second.id, false]);
    expect(await me(second.key)).toBe('401 INVALID_API_KEY');
  });

  it.each(['refresh', 'delete and create'])('is not lost to 50 of %s at once', async (how) => {
    const person = gatehouse.bearer(emailOf());
    const first = await made(person);
    const replace = async () => {
      if (how === 'refresh') return send('POST', `${personal}/refresh`, person);
      await send('DELETE', personal, person);
      return send('POST', personal, person);
    };
    const crowd = Array.from({ length: 50 }, replace);
    const imposed = await patchAsAdmin(first.id, { enabled: false });
    expect(imposed.status).toBe(200);
    const answers = await Promise.all(crowd);
    expect(verdict(await send('POST', `${personal}/refresh`, person))).toBe('403 FORBIDDEN');
    expect(verdict(await send('POST', personal, person))).toBe('403 FORBIDDEN');
    for (const { body } of answers) if (body.key !== undefined) expect(await me(body.key)).not.toBe('200');
  });
});

describe('a tool key with *:*', () => {
  it.each([
    'api-keys:read',
    'api-keys:write',
    'api-keys:*',
    'api-keys:delete',
    'api-keys:write:z',
    'admin:read',
    'admin:*',
    'admin:x:y',
    'members:read',
    'trust-rules:*:x',
  ])('never reaches %s: neither at a gate, nor for another service, nor with a token', async (scope) => {
    const { key } = await issueToolKey(gatehouse, { scopes: ['*:*'] });
    const tool = { 'x-tool-key': key };
    const check = await send('GET', `/api/v1/auth/check?scopes=${scope}`, tool);
    expect([verdict(check), check.body.details.missing]).toEqual(['403 INSUFFICIENT_SCOPE', [scope]]);
    expect((await send('GET', '/api/v1/auth/check?scopes=files:read', tool)).status).toBe(204);
    const verified = await send('POST', '/api/v1/api-keys/verify', gatehouse.bearer(), {
      key,
      scopes: [scope],
    });
    expect(verified.body.code).toBe('INSUFFICIENT_SCOPE');
    const token = await send('POST', '/api/v1/auth/token', tool, { audience: 'billing', scope });
    expect(verdict(token)).toBe('403 INSUFFICIENT_SCOPE');
    const child = await send('POST', '/api/v1/tool-keys', tool, { taskId: 'task-1', scopes: [scope] });
    expect(verdict(child)).toBe('403 INSUFFICIENT_SCOPE');
    const explained = await send('POST', '/api/v1/auth/explain', gatehouse.bearer(), {
      key,
      method: 'GET',
      path: `/api/v1/auth/check?scopes=${scope}`,
      ip: '127.0.0.1',
    });
    expect(explained.body.result.code).toBe('INSUFFICIENT_SCOPE');
  });
});

describe('whatever happens, in any order', () => {
  /** `PROPERTY_RUNS=20` looks a hundred times as long as usual. */
  const times = Number(process.env.PROPERTY_RUNS ?? 1 / 5);
  const patience = { interruptAfterTimeLimit: 90_000 * Math.max(1, times) };
  const enough = 120_000 * Math.max(1, times);

  it(
    'a key with bounds and all that it gets hold of never get beyond the bounds of the first',
    async () => {
      const play = async (steps: Parameters<typeof playWithin>[2]) =>
        playWithin(gatehouse, gatehouse.bearer(emailOf()), steps);
      await fc.assert(fc.asyncProperty(boundedSteps, play), { numRuns: Math.ceil(30 * times), ...patience });
    },
    enough,
  );

  it(
    'the personal key of a user has what an admin imposed last, or the user has none',
    async () => {
      const step = fc.oneof(
        fc.constantFrom('refresh', 'create', 'delete'),
        fc.record(
          {
            enabled: fc.boolean(),
            allowedIps: fc.constantFrom(null, ['127.0.0.1']),
            rateLimit: fc.constantFrom(null, { limit: 1_000, windowSeconds: 60 }),
          },
          { requiredKeys: [] },
        ),
      );
      const play = async (steps: (string | object)[]) => {
        const person = gatehouse.bearer(emailOf());
        const { id } = (await send('POST', personal, person)).body;
        let imposed = { enabled: true, allowedIps: null, rateLimit: null };
        for (const one of steps) {
          if (typeof one === 'object') {
            expect((await patchAsAdmin(id, one)).status).toBe(200);
            imposed = { ...imposed, ...one };
          } else {
            const [method, at] =
              one === 'delete'
                ? ['DELETE', personal]
                : ['POST', one === 'create' ? personal : `${personal}/refresh`];
            const { status } = await send(method, at, person);
            if (!imposed.enabled && one !== 'delete') expect(status).toBe(403);
            if (imposed.enabled && one === 'refresh') expect(status).toBe(200);
          }
          const active = await send('GET', personal, person);
          if (active.status !== 200) continue;
          const shown = await send('GET', `/api/v1/admin/api-keys/${active.body.id}`, by(gatehouse.adminKey));
          expect(shown.body).toMatchObject(imposed);
        }
      };
      const plays = fc.array(step, { minLength: 5, maxLength: 20 });
      await fc.assert(fc.asyncProperty(plays, play), { numRuns: Math.ceil(30 * times), ...patience });
    },
    enough,
  );
});
