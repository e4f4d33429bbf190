import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { by } from '../support/agents.js';
import { eventually } from '../support/eventually.js';
import { createPersonalKey, issueToolKey } from '../support/gatehouse.js';
import { startTwoReplicas, statusOf, type TwoReplicas } from '../support/two-replicas.js';

let replicas: TwoReplicas;
let people = 0;

beforeAll(async () => {
  replicas = await startTwoReplicas();
});
afterAll(() => replicas.close());

const all = { live: 2, confirmed: 2, missing: [] };
const asAdmin = (method: string, path: string) =>
  replicas.first.send(method, `/api/v1/admin/users/${path}`, {
    headers: { 'x-api-key': replicas.first.adminKey },
  });
/** A person whose token, key, and tool keys are cached by both replicas. */
const aPerson = async () => {
  const email = `p${(people += 1)}@example.com`;
  const token = replicas.first.bearer(email);
  const personal = { 'x-api-key': (await createPersonalKey(replicas.first, email)).key };
  const tools = await Promise.all([token, personal].map((by) => issueToolKey(replicas.second, {}, by)));
  const keys = [personal, ...tools.map(({ key }) => ({ 'x-tool-key': key }))];
  const id = (await replicas.first.send('GET', '/api/v1/auth/me', { headers: token })).body.userId as string;
  for (const headers of [token, ...keys])
    for (const at of [replicas.first, replicas.second]) expect(await statusOf(at, headers)).toBe(200);
  return { id, email, token, keys };
};
const statuses = (credentials: readonly Record<string, string>[]) =>
  Promise.all(credentials.map((headers) => statusOf(replicas.second, headers)));

it('another replica rejects what it has cached of a user who was disabled, once the receipt is there', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    const { id, token, keys } = await aPerson();
    expect((await asAdmin('POST', `${id}/disable?wait=true`)).body.replicas).toEqual(all);
    expect(await statuses([token, ...keys])).toEqual([401, 401, 401, 401]);
    expect((await asAdmin('POST', `${id}/enable?wait=true`)).body.replicas).toEqual(all);
    expect(await statuses([token, ...keys])).toEqual([200, 200, 200, 200]);
  }
});

it('another replica rejects all keys of a user that were ended, once the receipt is there', async () => {
  const { id, token, keys } = await aPerson();
  const { body } = await asAdmin('DELETE', `${id}/keys?wait=true`);
  expect(body).toEqual({ apiKeys: 1, toolKeys: 2, replicas: all });
  expect(await statuses([token, ...keys])).toEqual([200, 401, 401, 401]);
});

it('another replica rejects an erased user, who stays erased there', async () => {
  const { id, email, token, keys } = await aPerson();
  expect((await asAdmin('DELETE', `${id}?wait=true`)).body).toMatchObject({
    status: 'erased',
    replicas: all,
  });
  expect(await statuses([token, ...keys, replicas.second.bearer(email, 900)])).toEqual([
    401, 401, 401, 401, 401,
  ]);
  const { rows } = await replicas.sql.query('SELECT email FROM users WHERE id = $1', [id]);
  expect(rows).toEqual([{ email: null }]);
});

it('another replica follows a user that was disabled or enabled in SQL', async () => {
  const { id, token, keys } = await aPerson();
  for (const [value, expected] of [
    ['1', 401],
    ['NULL', 200],
  ] as const) {
    await replicas.sql.query(`UPDATE users SET disabled_at = ${value} WHERE id = $1`, [id]);
    await eventually(async () => {
      expect(new Set(await statuses([token, ...keys]))).toEqual(new Set([expected]));
    });
  }
});

it('leaves no key of an erased user valid that two replicas made meanwhile', async () => {
  for (let turn = 0; turn < 5; turn += 1) {
    const { id, email } = await aPerson();
    const refresh = (at: typeof replicas.first) =>
      at.send('POST', '/api/v1/auth/api-keys/refresh', { headers: at.bearer(email, 1000) });
    const issue = (at: typeof replicas.first) =>
      at.send('POST', '/api/v1/tool-keys', { headers: at.bearer(email, 1000), body: { taskId: `t${turn}` } });
    const { first, second } = replicas;
    const [erased, ...made] = await Promise.all([
      asAdmin('DELETE', `${id}?wait=true`),
      ...[first, second, second].flatMap((at) => [refresh(at), issue(at)]),
    ]);
    expect(erased?.status).toBe(200);
    const keys = made.map(({ body }) => body?.key as string | undefined).filter((key) => key !== undefined);
    for (const at of [first, second]) for (const key of keys) expect(await statusOf(at, by(key))).toBe(401);
    const { rows } = await replicas.sql.query(
      `SELECT count(*)::int AS valid FROM api_keys WHERE user_id = $1 AND revoked_at IS NULL`,
      [id],
    );
    expect(rows[0].valid).toBe(0);
  }
});
