import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../harness/ask.js';
import { BuiltinIssuer, dist } from '../harness/build.js';
import { byKey, byToken, Cast } from '../harness/cast.js';
import { secondsToHeal } from '../harness/heal.js';
import { buildVersion, previousVersion } from '../harness/previous-version.js';
import { PrivatePostgres } from '../harness/private-postgres.js';
import { Replica } from '../harness/replica.js';
import { rowOf, skipped } from '../harness/row.js';
import { say } from '../harness/say.js';
import { scratchFolder } from '../harness/scratch-folder.js';
import { nothing } from '../harness/tolerances.js';
import { Watch } from '../harness/watch.js';

export const name = 'Upgrade from 0.2.0, replica by replica';
const importedKey = 'makima-key-of-ada-0123456789abcdef';

/** Every key goes on working, on both versions while they serve side by side, and on the new one alone. */
export async function run() {
  const commit = previousVersion();
  if (commit === undefined) return skipped(name, 'the history of the repository is not there');
  say(`${name} …`);
  const old = buildVersion(commit);
  const folder = scratchFolder();
  const postgres = await PrivatePostgres.start();
  const env = { DATABASE_URL: postgres.url(), DATA_DIR: join(folder, 'data') };
  const start = (version, build) => Replica.start({ name: version, folder, env, build });
  const site = { replicas: [await start('old-1', old), await start('old-2', old)] };
  site.issuer = BuiltinIssuer.open(env.DATA_DIR);
  const watch = new Watch(nothing);
  const cast = await Cast.gather(site, 'upgrade');
  importKey(old, folder, env);
  const done = new AbortController();
  const serving = serve(done.signal);
  try {
    watch.begin();
    const from = performance.now();
    await addReplica('new-1');
    await exchange();
    for (const [replica, next] of [['old-2'], ['old-1', 'new-2']]) {
      await removeReplica(replica);
      if (next !== undefined) await addReplica(next);
    }
    await exchange();
    const heal = await secondsToHeal(cast, watch, imported);
    const seconds = (performance.now() - from) / 1_000;
    done.abort();
    await serving;
    const lost = await cast.ledger.lost(site.replicas, watch);
    const restarted = await restartOnSqlite(old, watch);
    const { size, revocations } = cast.ledger;
    return rowOf({
      name,
      watch,
      heal,
      lost,
      notes: `${size} keys made, ${revocations} revoked; in ${seconds.toFixed(0)} s; SQLite: ${restarted} keys`,
    });
  } finally {
    done.abort();
    await Promise.all(site.replicas.map((replica) => replica.end()));
    await postgres.kill();
  }

  async function addReplica(version) {
    const replica = await start(version, dist);
    cast.managers.set(replica, [...cast.managers.values()][0]);
    site.replicas.push(replica);
  }

  async function removeReplica(version) {
    const index = site.replicas.findIndex((replica) => replica.name === version);
    const [replica] = site.replicas.splice(index, 1);
    // Requests that it has begun are answered.
    replica.signal('SIGTERM');
    watch.require((await replica.ended) === 0, `${version} did not end with 0`);
    await replica.end();
  }

  /** What one replica makes works at the others; what one revokes is refused by all. */
  async function exchange() {
    for (const maker of site.replicas) {
      const { entry, answer } = await cast.create(maker, `made by ${maker.name}`);
      watch.judge({ name: 'a new key', needs: 'write' }, maker, answer, 'good');
      if (entry === undefined) continue;
      await askAll(byKey(entry.key), 'good');
      const revoker = site.replicas.find((replica) => replica !== maker);
      const outcome = await cast.revoke(revoker, entry);
      watch.require(outcome === 'complete', `a revocation at ${revoker.name} was not confirmed by all`);
      await askAll(byKey(entry.key), 'bad');
    }
  }

  function imported() {
    return [byKey(importedKey)];
  }

  function askAll(headers, should) {
    return Promise.all(
      site.replicas.map(async (replica) =>
        watch.judge({ name: 'a key', needs: 'read' }, replica, await ask(replica, { headers }), should),
      ),
    );
  }

  /** Until the end, whatever joins and leaves. */
  async function serve(signal) {
    while (!signal.aborted) {
      for (const headers of [...cast.known, ...imported(), byToken(cast.newToken())])
        await askAll(headers, 'good');
      await askAll(cast.invented(), 'bad');
    }
  }
}

/** The same on SQLite, where one process ends before the other starts; resolves with the number of keys. */
async function restartOnSqlite(build, watch) {
  const folder = scratchFolder();
  const env = { DATA_DIR: join(folder, 'data') };
  const first = await Replica.start({ name: 'old-on-sqlite', folder, env, build });
  const site = { replicas: [first], issuer: BuiltinIssuer.open(env.DATA_DIR) };
  const cast = await Cast.gather(site, 'upgrade-sqlite');
  importKey(build, folder, env);
  await first.end('SIGTERM');
  const second = await Replica.start({ name: 'new-on-sqlite', folder, env });
  const keys = [...cast.known, ...cast.endangered.map(({ key }) => byKey(key)), byKey(importedKey)];
  for (const headers of keys)
    watch.judge({ name: 'a key', needs: 'read' }, second, await ask(second, { headers }), 'good');
  await cast.ledger.lost([second], watch);
  await second.end();
  return keys.length;
}

/** As an operator imports the keys of another system, with the command line of the version before. */
function importKey(old, folder, env) {
  const hash = createHash('sha256').update(importedKey).digest('hex');
  const user = '5b1f0f5e-0f0f-4f0f-8f0f-0123456789ab';
  const file = join(folder, 'makima.json');
  const keys = [{ id: 1, user_id: user, key_hash: hash, key_prefix: 'makima-k', created_at: '2024-06-01' }];
  writeFileSync(file, JSON.stringify(keys));
  const script = join(old, 'bundle/cli/keys.js');
  execFileSync(process.execPath, [script, 'import', '--format', 'makima', file], {
    env: { PATH: process.env.PATH, SUPABASE_URL: 'https://abcdefghijklmnopqrst.supabase.co', ...env },
    stdio: 'pipe',
  });
}
