import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dist, nodeFlags } from './build.js';
import { atEnd } from './cleanup.js';

/** The built server in a process of its own. */
export class Replica {
  #child;
  agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  output = '';

  /**
   * Resolves when it listens. `build` is the `dist` of another version; `imports` are modules that are loaded before it, and may be spoken to by `tell`; `flags` are
   * for Node, and win over those of `npm start`.
   */
  static async start({ name, env, folder, build = dist, imports = [], flags = [] }) {
    const replica = new Replica();
    replica.name = name;
    const preloads = imports.flatMap((file) => ['--import', pathToFileURL(file).href]);
    replica.#child = spawn(
      process.execPath,
      [...nodeFlags, ...flags, ...preloads, join(build, 'bundle/main.js')],
      {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          PORT: '0',
          METRICS_PORT: '0',
          AUTH_FAILURES_PER_MINUTE: '0',
          REPLICA_NAME: name,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe', ...(imports.length > 0 ? ['ipc'] : [])],
      },
    );
    await replica.#listens();
    return replica;
  }

  get pid() {
    return this.#child.pid;
  }

  get isRunning() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** Ends it as a power cut would, unless another signal is named; resolves with its exit code. */
  async end(name = 'SIGKILL') {
    if (this.isRunning) this.signal(name);
    this.agent.destroy();
    return this.ended;
  }

  /** Sends a message to what was imported, and resolves with its answer. */
  async tell(message) {
    const answer = once(this.#child, 'message');
    this.#child.send(message);
    return (await answer)[0];
  }

  async #listens() {
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr])
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    const undone = atEnd(() => this.#child.kill('SIGKILL'));
    this.ended = once(this.#child, 'close').then(([code]) => {
      undone();
      return code;
    });
    const listening = /Listening on (http:[^\s"]+)[^]*Try first/;
    while (!listening.test(this.output)) {
      await Promise.race([once(stdout, 'data'), this.ended]);
      if (!this.isRunning) throw new Error(`The server did not start: ${this.output}`);
    }
    this.metricsUrl = /Metrics: (http:[^\s"]+)/.exec(this.output)[1];
    this.url = listening.exec(this.output)[1];
  }
}
