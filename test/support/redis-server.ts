import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './free-port.js';

const executable = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** The name of a suite that needs a server, which tells why it is skipped where there is none. */
export const withRedis = (name: string): string =>
  executable === undefined ? `${name} (skipped: neither redis-server nor valkey-server is installed)` : name;

export const hasRedis = executable !== undefined;

/** A Redis or Valkey of a test's own, which keeps nothing on disk. */
export class RedisServer {
  private process: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** One that is not running yet. */
  static async make(): Promise<RedisServer> {
    return new RedisServer(await freePort(), await mkdtemp(join(tmpdir(), 'gatehouse-redis-')));
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const server = await RedisServer.make();
    await server.start(...options);
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Empty; resolves when it listens. */
  async start(...options: string[]): Promise<void> {
    const own = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.folder];
    await this.run([...own, '--save', '', '--appendonly', 'no', ...options], /Ready to accept connections/);
  }

  /** As a Sentinel, which watches no server. */
  async startSentinel(): Promise<void> {
    const file = join(this.folder, 'sentinel.conf');
    await writeFile(file, `port ${this.port}\nbind 127.0.0.1\ndir ${this.folder}\n`);
    await this.run([file, '--sentinel'], /Sentinel ID is/);
  }

  private async run(args: readonly string[], ready: RegExp): Promise<void> {
    this.process = spawn(executable ?? '', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
    while (!ready.test(said)) {
      if (this.process.exitCode !== null) throw new Error(`No server: ${said}`);
      await sleep(5);
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    const { process } = this;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = once(process, 'exit');
    process.kill('SIGKILL');
    await ended;
  }

  /** It accepts connections and answers nothing. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /** One command on a connection of its own. */
  async call(command: string, ...args: string[]): Promise<unknown> {
    const redis = new Redis(this.url);
    try {
      return await redis.call(command, ...args);
    } finally {
      redis.disconnect();
    }
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
