import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuiltinIssuer } from '../../src/issuer/builtin-issuer.js';
import { issueToolKey } from '../support/gatehouse.js';
import { startTwoReplicas, statusOf, type TwoReplicas } from '../support/two-replicas.js';

let replicas: TwoReplicas;
let people = 0;

beforeAll(async () => {
  replicas = await startTwoReplicas();
});
afterAll(() => replicas.close());

const person = () => `p${(people += 1)}@example.com`;
const all = { live: 2, confirmed: 2, missing: [] };
/** Cached by both replicas. */
const loggedIn = async (email = person()) => {
  const headers = replicas.first.bearer(email);
  for (const at of [replicas.first, replicas.second]) expect(await statusOf(at, headers)).toBe(200);
  return headers;
};
const userIdOf = async (headers: Record<string, string>) =>
  (await replicas.first.send('GET', '/api/v1/auth/me', { headers })).body.userId as string;
/** As time stands still, it answers so for what it has received alone. */
const untilSecond = async (status: number, headers: Record<string, string>) => {
  while ((await statusOf(replicas.second, headers)) !== status) await sleep(5);
};
const asAdmin = (path: string, body?: unknown) =>
  replicas.first.send('POST', `/api/v1/admin/${path}`, {
    headers: { 'x-api-key': replicas.first.adminKey },
    body,
  });

it('no replica accepts the token any more once the receipt is there', async () => {
  for (let turn = 0; turn < 10; turn += 1) {
    const headers = await loggedIn();
    const { body } = await replicas.first.send('POST', '/api/v1/auth/sign-out?wait=true', { headers });
    expect(body.replicas).toEqual(all);
    expect(await statusOf(replicas.second, headers)).toBe(401);
  }
});

it('no replica accepts the tool keys that were issued with the token', async () => {
  const headers = await loggedIn();
  const tool = { 'x-tool-key': (await issueToolKey(replicas.second, {}, headers)).key };
  for (const at of [replicas.first, replicas.second]) expect(await statusOf(at, tool)).toBe(200);
  await replicas.first.send('POST', '/api/v1/auth/sign-out?wait=true', { headers });
  for (const at of [replicas.first, replicas.second]) expect(await statusOf(at, tool)).toBe(401);
});

it('another replica drops users and tokens that an admin, or SQL by hand, has signed out', async () => {
  const [one, two, other] = [await loggedIn(), await loggedIn(), await loggedIn()];
  const receipt = await asAdmin(`users/${await userIdOf(one)}/sign-out?wait=true`);
  expect(receipt.body.replicas).toEqual(all);
  expect(await statusOf(replicas.second, one)).toBe(401);
  const id = await userIdOf(two);
  await replicas.sql.query('UPDATE users SET tokens_valid_from = $1 WHERE id = $2', [
    replicas.first.now() + 1_000,
    id,
  ]);
  await untilSecond(401, two);
  expect(await statusOf(replicas.second, other)).toBe(200);
});

it('moves the time forward once when two replicas race', async () => {
  const headers = await loggedIn();
  const id = await userIdOf(headers);
  const path = `/api/v1/admin/users/${id}/sign-out`;
  const asked = { headers: { 'x-api-key': replicas.first.adminKey } };
  // Their clocks differ: the later time wins, in whatever order the calls arrive.
  replicas.second.pass(30);
  const now = replicas.second.now();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, turn) =>
      (turn % 2 === 0 ? replicas.first : replicas.second).send('POST', path, asked),
    ),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  const { rows } = await replicas.sql.query('SELECT tokens_valid_from FROM users WHERE id = $1', [id]);
  expect(Number(rows[0].tokens_valid_from)).toBe((Math.floor(now / 1000) + 1) * 1000);
  const events = await replicas.sql.query(
    `SELECT count(*)::int AS count FROM audit_events WHERE subject_id = $1 AND type = 'signed_out'`,
    [id],
  );
  expect(events.rows[0].count).toBeLessThanOrEqual(2);
  replicas.first.pass(30);
});

it('a replica whose listener is cut is named, and accepts the token for 5 s at most', async () => {
  const headers = await loggedIn();
  await replicas.proxy.cut();
  const { body } = await replicas.first.send('POST', '/api/v1/auth/sign-out?wait=true', { headers });
  expect(body.replicas).toEqual({ live: 2, confirmed: 1, missing: ['second'] });
  replicas.second.pass(5);
  expect(await statusOf(replicas.second, headers)).toBe(401);
  await replicas.proxy.restore();
});

// The last test: it ends the tokens of everyone.
it('another replica drops all users of an issuer, also by hand', async () => {
  const issuer = BuiltinIssuer.issuer;
  replicas.first.pass(60);
  replicas.second.pass(60);
  const headers = await loggedIn();
  expect((await asAdmin('issuers/sign-out?wait=true', { issuer })).body.replicas.live).toBe(2);
  await untilSecond(401, headers);
  for (const change of [
    'UPDATE issuers SET tokens_valid_from = tokens_valid_from + 1000',
    'DELETE FROM issuers',
    `INSERT INTO issuers (id, issuer, tokens_valid_from) VALUES ('by-hand', '${issuer}', ${replicas.first.now() + 1})`,
    'TRUNCATE issuers',
  ]) {
    const before = await statusOf(replicas.second, headers);
    await replicas.sql.query(change);
    if (change.startsWith('UPDATE')) expect(await statusOf(replicas.second, headers)).toBe(401);
    else await untilSecond(before === 200 ? 401 : 200, headers);
  }
});
