import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Gatehouse } from './gatehouse.js';
import { dist, type Ended, runBuilt } from './spawn-gatehouse.js';

type Service = Pick<Gatehouse, 'configuration'>;

const optionsFor = ({ configuration: { dataDir, databaseUrl } }: Service) => ({
  cwd: dataDir,
  env: { DATA_DIR: dataDir, DATABASE_URL: databaseUrl },
});

/** Runs `npm run keys` as a separate process, in the data folder of this service. */
export function spawnKeys(service: Service, ...args: string[]): Promise<Ended> {
  return runBuilt(optionsFor(service), 'cli/keys.js', ...args);
}

/** One process beside the service that runs commands of `npm run keys` one after the other. */
export class KeysProcess {
  private readonly exited = new AbortController();

  private constructor(
    private readonly child: ChildProcess,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    child.once('exit', () => this.exited.abort());
  }

  static beside(service: Service): KeysProcess {
    const { cwd, env } = optionsFor(service);
    const script = join(import.meta.dirname, 'serve-keys.js');
    return new KeysProcess(fork(script, [dist], { cwd, env: {}, execArgv: [] }), env);
  }

  async run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
    this.child.send({ args, env: { ...this.env, ...more } });
    const [ended] = await once(this.child, 'message', { signal: this.exited.signal });
    return ended;
  }

  end(): void {
    this.child.kill();
  }
}
