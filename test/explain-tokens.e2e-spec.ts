import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { by } from './support/agents.js';
import { type Gatehouse, startGatehouse } from './support/gatehouse.js';
import type { Json } from './support/json.js';

let gatehouse: Gatehouse;

const tokenOf = ({ authorization }: { authorization: string }) => authorization.slice('Bearer '.length);
const bounded = (scope: string, email?: string) =>
  gatehouse.bearer(email, 3600, { client_id: 'planner', scope });
const ask = (body: object, headers: Record<string, string> = gatehouse.bearer()) =>
  gatehouse.send('POST', '/api/v1/auth/explain', { headers, body: { method: 'GET', ...body } });
const explain = async (token: { authorization: string }, path: string) =>
  (await ask({ token: tokenOf(token), path })).body;
const check = (explained: Json, name: string) => explained.checks.find((one: Json) => one.check === name);

beforeAll(async () => {
  gatehouse = await startGatehouse();
  await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer() });
});
afterAll(() => gatehouse.close());

describe('explain, of a token', () => {
  it("says that it is bounded by the token's scope where a route declares none", async () => {
    const explained = await explain(bounded('notes:read'), '/api/v1/auth/api-keys');
    expect(explained).toMatchObject({
      key: null,
      result: { admitted: false, status: 403, code: 'FORBIDDEN' },
    });
    expect(check(explained, 'bounds')).toMatchObject({
      outcome: 'fail',
      first: true,
      saw: { clientId: 'planner', boundedUntil: expect.stringMatching(/Z$/) },
      message: expect.stringContaining('bounded by its scopes'),
    });
  });

  it.each([
    '/api/v1/auth/api-keys',
    '/api/v1/auth/me',
    '/api/v1/api-keys',
    '/api/v1/auth/check?scopes=notes:read',
  ])('foretells the answer of %s', async (path) => {
    for (const token of [gatehouse.bearer(), bounded(''), bounded('notes:read'), bounded('api-keys:read')]) {
      const { result } = await explain(token, path);
      const { status, body } = await gatehouse.send('GET', path, { headers: token });
      const isRejected = [401, 403].includes(status);
      expect([path, result.admitted, result.code]).toEqual([
        path,
        !isRejected,
        isRejected ? body.code : null,
      ]);
      expect(result.as).toBe(isRejected ? null : 'token');
    }
  });

  it('names the scopes that it lacks', async () => {
    const explained = await explain(bounded('notes:read'), '/api/v1/api-keys');
    expect(check(explained, 'bounds').outcome).toBe('pass');
    expect(check(explained, 'scopes')).toMatchObject({
      outcome: 'fail',
      saw: { granted: ['notes:read'], missing: ['api-keys:read'] },
    });
  });

  it('says no more of a bad token than that it is bad', async () => {
    const good = tokenOf(gatehouse.bearer());
    for (const token of [`${good.slice(0, -4)}AAAA`, 'a.b.c', 'none']) {
      const { status, body } = await ask({ token, path: '/api/v1/auth/me' });
      expect(status).toBe(200);
      expect(body.result).toMatchObject({ admitted: false, status: 401, code: 'INVALID_TOKEN' });
      expect(check(body, 'token')).toMatchObject({ outcome: 'fail', saw: { code: 'INVALID_TOKEN' } });
      expect(body.events).toEqual([]);
    }
  });

  it('does not explain the token of another user, nor make one of a token', async () => {
    const foreign = tokenOf(gatehouse.bearer('grace@example.com'));
    const unknown = await ask({ token: foreign, path: '/api/v1/auth/me' }, by(gatehouse.adminKey));
    expect(unknown.status).toBe(404);
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: gatehouse.bearer('grace@example.com') });
    expect((await ask({ token: foreign, path: '/api/v1/auth/me' })).status).toBe(404);
    const asked = await ask({ token: foreign, path: '/api/v1/auth/me' }, by(gatehouse.adminKey));
    expect(asked.body.result).toMatchObject({ admitted: true, as: 'token' });
  });

  it('says that its person signed out', async () => {
    const before = gatehouse.bearer('hedy@example.com');
    await gatehouse.send('GET', '/api/v1/auth/me', { headers: before });
    await gatehouse.send('POST', '/api/v1/auth/sign-out', { headers: before });
    const { body } = await ask({ token: tokenOf(before), path: '/api/v1/auth/me' }, by(gatehouse.adminKey));
    expect(body.result).toMatchObject({ status: 401, code: 'INVALID_TOKEN' });
    expect(check(body, 'sign_out')).toMatchObject({ outcome: 'fail', first: true });
  });

  it('asks for exactly one of key, keyId and token', async () => {
    const token = tokenOf(gatehouse.bearer());
    expect((await ask({ token, key: 'mk_live_x', path: '/' })).status).toBe(400);
    expect((await ask({ path: '/' })).status).toBe(400);
  });
});
