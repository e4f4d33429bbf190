import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { embeddedPostgres, freePort, urlOf, watch } from './embedded-postgres.js';

const run = promisify(execFile);

/** A primary and a standby that follows it by streaming replication. The standby begins as a copy of the empty primary. */
export async function startPostgresPair() {
  const folders = [await newFolder(), await newFolder()];
  const [primaryPort, standbyPort] = [await freePort(), await freePort()];
  const { server: primary, output } = embeddedPostgres(folders[0], primaryPort, ['synchronous_commit=on']);
  const { server: standby } = embeddedPostgres(folders[1], standbyPort, [
    `primary_conninfo=host=127.0.0.1 port=${primaryPort} user=postgres password=password`,
  ]);
  const watchdogs = folders.map(watch);
  const stop = async () => {
    await Promise.all([primary.stop(), standby.stop()]);
    for (const { stdin } of watchdogs) stdin.end();
  };
  try {
    await primary.initialise();
    await run('cp', ['-a', `${folders[0]}/.`, folders[1]]);
    await writeFile(join(folders[1], 'standby.signal'), '');
    await primary.start();
    // It says that it is ready once it is promoted.
    standby.start().catch(() => undefined);
    const urls = [primaryPort, standbyPort].map(urlOf);
    await until(() => sql(urls[1], 'SELECT 1'));
    return { primary: serverOf(urls[0]), standby: serverOf(urls[1]), stop };
  } catch (cause) {
    await stop();
    throw new Error(`PostgreSQL and a standby did not start. ${output.join('')}`, { cause });
  }
}

function newFolder() {
  return mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
}

function serverOf(url) {
  return {
    url,
    sql: (text, parameters) => sql(url, text, parameters),
    /** Makes a standby the primary. The primary of before lives on. */
    promote: () => sql(url, 'SELECT pg_promote()'),
    /** Resolves once a standby has what the primary had. */
    async catchUp(primary) {
      const [{ lsn }] = await primary.sql('SELECT pg_current_wal_flush_lsn() AS lsn');
      await until(async () => {
        const [{ done }] = await sql(url, 'SELECT pg_last_wal_replay_lsn() >= $1 AS done', [lsn]);
        if (!done) throw new Error('The standby lags behind');
      });
    },
    async setReadOnly(isReadOnly) {
      await sql(url, `ALTER SYSTEM SET default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`);
      await sql(url, 'SELECT pg_reload_conf()');
    },
  };
}

/** On a connection of its own, which may write. */
async function sql(connectionString, text, parameters) {
  const client = new Client({ connectionString, options: '-c default_transaction_read_only=off' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, parameters)).rows;
  } finally {
    await client.end();
  }
}

async function until(check) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await check();
    } catch (error) {
      if (attempt === 300) throw error;
      await sleep(100);
    }
  }
}
