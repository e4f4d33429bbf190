import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Database } from '../../src/database/database.js';
import { createPersonalKey, type Gatehouse, issueToolKey, startGatehouse } from '../support/gatehouse.js';
import type { PostgresProxy } from '../support/postgres-proxy.js';
import { startTwoReplicas, statusOf, type TwoReplicas } from '../support/two-replicas.js';

describe('two replicas on PostgreSQL', () => {
  let first: Gatehouse;
  let second: Gatehouse;
  let proxy: PostgresProxy;
  let sql: Client;

  let replicas: TwoReplicas;

  beforeAll(async () => {
    replicas = await startTwoReplicas();
    ({ first, second, proxy, sql } = replicas);
  });

  afterAll(() => replicas.close());

  const remember = async (headers: Record<string, string>) => {
    for (const at of [first, second]) expect(await statusOf(at, headers)).toBe(200);
  };
  /** Resolves once the second replica answers so. As time stands still, it does so for what it has heard alone. */
  const untilSecond = async (status: number, headers: Record<string, string>) => {
    while ((await statusOf(second, headers)) !== status) await sleep(5);
  };
  let people = 0;
  const person = () => `p${(people += 1)}@example.com`;

  it('rejects at once on one replica what was revoked on another', async () => {
    const email = person();
    const { key } = await createPersonalKey(first, email);
    await remember({ 'x-api-key': key });
    await first.send('DELETE', '/api/v1/auth/api-keys', { headers: first.bearer(email) });
    await untilSecond(401, { 'x-api-key': key });
  });

  it('answers with a receipt once no replica accepts the key any more', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      const email = person();
      const { key } = await createPersonalKey(first, email);
      await remember({ 'x-api-key': key });
      const { body } = await first.send('DELETE', '/api/v1/auth/api-keys?wait=true', {
        headers: first.bearer(email),
      });
      expect(body.replicas).toEqual({ live: 2, confirmed: 2, missing: [] });
      expect(await statusOf(second, { 'x-api-key': key })).toBe(401);
    }
  });

  it('returns a receipt for every way to end keys', async () => {
    const headers = first.bearer(person());
    const bodies = [];
    const service = await first.send('POST', '/api/v1/api-keys', { headers, body: { name: 'a' } });
    bodies.push(await first.send('DELETE', `/api/v1/api-keys/${service.body.id}?wait=true`, { headers }));
    const other = await first.send('POST', '/api/v1/api-keys', { headers, body: { name: 'b' } });
    bodies.push(
      await second.send('DELETE', `/api/v1/admin/api-keys/${other.body.id}?wait=true`, {
        headers: { 'x-api-key': first.adminKey },
      }),
    );
    const toolKey = await issueToolKey(first, {}, headers);
    await remember({ 'x-tool-key': toolKey.key });
    bodies.push(await first.send('DELETE', `/api/v1/tool-keys/${toolKey.id}?wait=true`, { headers }));
    expect(await statusOf(second, { 'x-tool-key': toolKey.key })).toBe(401);
    const another = await issueToolKey(first, {}, headers);
    await remember({ 'x-tool-key': another.key });
    bodies.push(await first.send('DELETE', '/api/v1/tasks/task-1/tool-keys?wait=true', { headers }));
    expect(await statusOf(second, { 'x-tool-key': another.key })).toBe(401);
    for (const { status, body } of bodies)
      expect([status, body.replicas]).toEqual([200, { live: 2, confirmed: 2, missing: [] }]);
  });

  it('mentions replicas only on request, and rejects an invalid request before it does anything', async () => {
    const email = person();
    await createPersonalKey(first, email);
    const headers = first.bearer(email);
    const wrong = {
      wait: ['wait=yes', 'wait=1', 'wait=', 'wait=true&wait=true'],
      Wait: ['Wait=true'],
      x: ['wait=true&x=1'],
    };
    for (const [path, queries] of Object.entries(wrong)) {
      for (const query of queries) {
        const { status, body } = await first.send('DELETE', `/api/v1/auth/api-keys?${query}`, { headers });
        expect([status, body.code, body.details[0].path]).toEqual([400, 'VALIDATION_FAILED', path]);
      }
    }
    const { status, body } = await first.send('DELETE', '/api/v1/auth/api-keys?wait=false', { headers });
    expect([status, Object.keys(body)]).toEqual([200, ['message', 'revokedKeyPrefix']]);
  });

  it.each([
    ['revokes it', 'UPDATE api_keys SET revoked_at = 1 WHERE id = $1'],
    ['disables it', 'UPDATE api_keys SET enabled = false WHERE id = $1'],
    ['sets its end', 'UPDATE api_keys SET expires_at = 1 WHERE id = $1'],
    ['gives it another hash', `UPDATE api_keys SET key_hash = repeat('a', 64) WHERE id = $1`],
    ['deletes it', 'DELETE FROM api_keys WHERE id = $1'],
    ['comes by replication', `UPDATE api_keys SET revoked_at = 1 WHERE id = $1`, 'replica'],
  ])('receives a change by hand that %s', async (_what, change, role = 'origin') => {
    const { id, key } = await createPersonalKey(first, person());
    await remember({ 'x-api-key': key });
    await sql.query(`SET session_replication_role = ${role}`);
    await sql.query(change, [id]);
    await sql.query('SET session_replication_role = origin');
    await untilSecond(401, { 'x-api-key': key });
    await sql.query('DELETE FROM api_keys WHERE id = $1', [id]);
  });

  it('receives that a user and an owner are disabled, and enabled again', async () => {
    const headers = first.bearer(person());
    await remember(headers);
    const { body } = await first.send('GET', '/api/v1/auth/me', { headers });
    for (const [table, id] of [
      ['users', body.userId],
      ['owners', body.ownerId],
    ]) {
      await sql.query(`UPDATE ${table} SET disabled_at = 1 WHERE id = $1`, [id]);
      await untilSecond(401, headers);
      await sql.query(`UPDATE ${table} SET disabled_at = NULL WHERE id = $1`, [id]);
      await untilSecond(200, headers);
    }
  });

  it('receives the end of tool keys, of their task and of the API key at their origin', async () => {
    const email = person();
    const personal = await createPersonalKey(first, email);
    const issue = (taskId: string) => issueToolKey(first, { taskId }, { 'x-api-key': personal.key });
    const [one, two, three] = [await issue('one'), await issue('two'), await issue('three')];
    for (const { key } of [one, two, three]) await remember({ 'x-tool-key': key });
    await sql.query(`UPDATE tool_keys SET ended_at = 1, end_reason = 'of a newer one' WHERE id = $1`, [
      one.id,
    ]);
    await untilSecond(401, { 'x-tool-key': one.key });
    await sql.query(`UPDATE tasks SET generation = generation + 1 WHERE task_id = 'two'`);
    await untilSecond(401, { 'x-tool-key': two.key });
    expect(await statusOf(second, { 'x-tool-key': three.key })).toBe(200);
    await sql.query(`UPDATE api_keys SET enabled = false WHERE id = $1`, [personal.id]);
    await untilSecond(401, { 'x-tool-key': three.key });
  });

  it('receives new keys that were looked up before, and an emptied table', async () => {
    const { id, key } = await createPersonalKey(first, person());
    await sql.query('CREATE TABLE kept AS SELECT * FROM api_keys WHERE id = $1', [id]);
    await sql.query('DELETE FROM api_keys WHERE id = $1', [id]);
    await untilSecond(401, { 'x-api-key': key });
    await sql.query('INSERT INTO api_keys SELECT * FROM kept');
    await untilSecond(200, { 'x-api-key': key });
    await sql.query('TRUNCATE kept');
    await sql.query('BEGIN; INSERT INTO kept SELECT * FROM api_keys; TRUNCATE api_keys; COMMIT');
    await untilSecond(401, { 'x-api-key': key });
    await sql.query('INSERT INTO api_keys SELECT * FROM kept; DROP TABLE kept');
    await untilSecond(200, { 'x-api-key': key });
  });

  it('names a disconnected replica in a receipt, and that one caches nothing for long', async () => {
    const { key } = await createPersonalKey(first, 'deaf@example.com');
    await remember({ 'x-api-key': key });
    await proxy.cut();
    const { body } = await first.send('DELETE', '/api/v1/auth/api-keys?wait=true', {
      headers: first.bearer('deaf@example.com'),
    });
    expect(body.replicas).toEqual({ live: 2, confirmed: 1, missing: ['second'] });
    second.pass(5);
    expect(await statusOf(second, { 'x-api-key': key })).toBe(401);
    await proxy.restore();
    let receipt;
    do {
      await sleep(200);
      await createPersonalKey(first, 'deaf@example.com');
      const again = await first.send('DELETE', '/api/v1/auth/api-keys?wait=true', {
        headers: first.bearer('deaf@example.com'),
      });
      receipt = again.body.replicas;
    } while (receipt.confirmed < 2);
    expect(receipt).toEqual({ live: 2, confirmed: 2, missing: [] });
  });

  it('logs that notifications do not arrive through a pooler, and continues', async () => {
    const email = person();
    const { key } = await createPersonalKey(first, email);
    await remember({ 'x-api-key': key });
    proxy.hang();
    await first.send('DELETE', '/api/v1/auth/api-keys', { headers: first.bearer(email) });
    second.pass(5);
    expect(await statusOf(second, { 'x-api-key': key })).toBe(401);
    const feed = second.app.get(Database);
    while (feed.changeFeedState()?.connected !== false) await sleep(20);
    await proxy.restore();
    await proxy.cut();
    await proxy.restore();
  });

  it('no longer counts a replica that has left', async () => {
    const { dataDir, databaseUrl } = first.configuration;
    const third = await startGatehouse({ dataDir, databaseUrl, replicaName: 'third' });
    const live = async () => {
      const { rows } = await sql.query(`SELECT name FROM replicas ORDER BY name`);
      return rows.map(({ name }) => name);
    };
    expect(await live()).toEqual(['first', 'second', 'third']);
    await third.close();
    expect(await live()).toEqual(['first', 'second']);
  });
});
