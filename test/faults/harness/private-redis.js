import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { atEnd } from './cleanup.js';
import { freePort } from './free-port.js';
import { scratchFolder } from './scratch-folder.js';
import { installed } from './tools.js';

const executable = installed('redis-server', 'valkey-server');

/** Why there is no Redis here; `undefined` when there is. */
export const lackOfRedis =
  executable === undefined ? 'neither redis-server nor valkey-server is installed' : undefined;

/** A Redis or Valkey of the suite's own, which keeps nothing on disk. */
export class PrivateRedis {
  #process;
  #folder = scratchFolder();
  port = 0;

  static async start() {
    const redis = new PrivateRedis();
    redis.port = await freePort();
    await redis.start();
    atEnd(() => redis.#process.kill('SIGKILL'));
    return redis;
  }

  /** Empty; resolves when it listens. */
  async start() {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    this.#process = spawn(executable, [...place, '--save', '', '--appendonly', 'no'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    this.#process.stdout.setEncoding('utf8').on('data', (text) => (said += text));
    while (!/Ready to accept connections/.test(said)) {
      if (this.#process.exitCode !== null) throw new Error(`Redis does not start: ${said}`);
      await sleep(10);
    }
  }

  async kill() {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await ended;
  }
}
