import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { KeyMint } from '../../dist/key-store/key-mint.js';
import { expectAnswer, forEachAtOnce, send } from './client.js';
import { rememberKeys } from './keys.js';

const rounds = 10;
const keysOfUser = 1_000;
/** Asked at once after each answer: the time that the others would wait for their turn says nothing about the replica. */
const asked = 50;

/** Ends all keys of a user on the first replica; milliseconds of the request, and from its answer until the second rejects. */
export async function measureDepartures({ urls, newToken, adminKey }, { url }, count = rounds) {
  const [first, second] = urls;
  const sql = new Client({ connectionString: url });
  await sql.connect();
  try {
    const times = [];
    const lags = [];
    for (let round = 0; round < count; round += 1) {
      const token = newToken(`leaver-${round}@example.com`);
      const user = await expectAnswer(200, 'GET', `${first}/api/v1/auth/me`, {
        authorization: `Bearer ${token}`,
      });
      const keys = await insertKeys(sql, user);
      await rememberKeys(urls, keys);
      await untilUsesAreWritten(sql, user);
      const start = performance.now();
      const path = `${first}/api/v1/admin/users/${user.userId}/keys`;
      const { apiKeys } = await expectAnswer(200, 'DELETE', path, { 'x-api-key': adminKey });
      const endedAt = performance.now();
      if (apiKeys !== keysOfUser) throw new Error(`Only ${apiKeys} keys were ended`);
      times.push(endedAt - start);
      await Promise.all(
        keys
          .toSorted(() => Math.random() - 0.5)
          .slice(0, asked)
          .map(async ({ key }) => {
            while ((await statusAt(second, key)) !== 401);
            lags.push(performance.now() - endedAt);
          }),
      );
      await forEachAtOnce(keys, 16, async ({ key }) => {
        for (const at of urls)
          if ((await statusAt(at, key)) !== 401) throw new Error(`A key that was ended is accepted`);
      });
    }
    return { times, lags };
  } finally {
    await sql.end();
  }
}

/** They lock the same rows, and would be measured, too. */
async function untilUsesAreWritten(sql, { userId }) {
  const count = `SELECT count(*)::int AS written FROM audit_events WHERE user_id = $1 AND type = 'used'`;
  for (;;) {
    const { rows } = await sql.query(count, [userId]);
    if (rows[0].written >= keysOfUser * 2) return;
    await sleep(100);
  }
}

async function statusAt(url, key) {
  return (await send('GET', `${url}/api/v1/auth/me`, { 'x-api-key': key })).status;
}

/** Access keys, which no route creates so many of for one user. */
async function insertKeys(sql, { ownerId, userId }) {
  const mint = new KeyMint();
  const now = Date.now();
  const keys = Array.from({ length: keysOfUser }, () => mint.mintApiKey('live'));
  await sql.query(
    `INSERT INTO api_keys (id, kind, owner_id, user_id, name, environment, key_hash, key_prefix, scopes, created_at, idle_since)
       SELECT gen_random_uuid(), 'access', $1, $2, 'laptop', 'live', hash, prefix, '["files:read"]', $3, $3
       FROM unnest($4::text[], $5::text[]) AS new(hash, prefix)`,
    [ownerId, userId, now, keys.map(({ hash }) => hash), keys.map(({ prefix }) => prefix)],
  );
  return keys;
}
