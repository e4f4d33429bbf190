import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { eventually } from './eventually.js';

const found = ['pgbouncer', '/usr/sbin/pgbouncer'].find(
  (command) => spawnSync(command, ['--version']).error === undefined,
);

export const hasPgBouncer = found !== undefined;

/** The name of a suite that needs it, which tells why it is skipped where it is not. */
export const withPgBouncer = (name: string): string =>
  hasPgBouncer ? name : `${name} (skipped: pgbouncer is not installed)`;

export interface PgBouncer {
  /** The database, through the pooler. */
  readonly url: string;
  close(): Promise<void>;
}

/** Pools by transaction, on one connection to the server, with the settings of PgBouncer otherwise. */
export async function startPgBouncer(databaseUrl: string): Promise<PgBouncer> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-pgbouncer-'));
  const port = await freePort();
  const server = `host=${hostname} port=${serverPort || 5432} user=${username} password=${password}`;
  const file = join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    `${pathname.slice(1)} = ${server}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 1',
  ];
  await writeFile(file, settings.join('\n'));
  await chmod(folder, 0o755);
  // It refuses to run as root.
  const user = userInfo().uid === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(found ?? '', [...user, file], { stdio: 'ignore' });
  await eventually(async () => {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
    } finally {
      socket.destroy();
    }
  });
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port: String(port) });
  return {
    url: url.href,
    close: async () => {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
