import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** The build to run: `dist`, or what TEST_DIST names. */
export const dist = process.env.TEST_DIST ?? join(import.meta.dirname, '..', '..', 'dist');

/** Most processes of tests end soon: code is optimized later than usual. */
const flags = ['--interrupt-budget=1000000'];

/** A script of the build: from its bundle, which starts in half the time, unless that is missing or older. */
export function builtScript(script: string): string {
  const [plain, bundled] = [join(dist, script), join(dist, 'bundle', script)];
  const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return changedAt(bundled) > changedAt(plain) ? bundled : plain;
}

/** The folder and the environment of a process; it inherits nothing. */
export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GatehouseProcess {
  /** As the log tells it, without a slash at the end. */
  readonly url: string;
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Ended>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** Ends it without a drain, and resolves when it is gone. */
  stop(): Promise<Ended>;
  /** Ends it as a power cut would, and resolves when it is gone. */
  kill(): Promise<Ended>;
}

/** Runs a script of the build, `main.js` unless said otherwise, to its end. */
export function runBuilt(options: ProcessOptions, script = 'main.js', ...args: string[]): Promise<Ended> {
  return observe(start(options, script, args)).ended;
}

/**
 * Starts the built server and resolves when it listens; rejects with its output when it ends before. `onStart` is given
 * the means to kill it until then.
 */
export async function spawnGatehouse(
  options: ProcessOptions,
  onStart?: (kill: () => void) => void,
): Promise<GatehouseProcess> {
  const child = start(options, 'main.js', []);
  onStart?.(() => void child.kill('SIGKILL'));
  const { output, ended } = observe(child);
  const end = (name: NodeJS.Signals) => {
    child.kill(name);
    return ended;
  };
  const listening = /Listening on (http:[^\s"]+)[^]*Try first/;
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  while (!listening.test(output.stdout)) {
    await Promise.race([once(child.stdout!, 'data'), ended]);
    if (hasEnded) throw new Error(`The server did not start: ${output.stdout}${output.stderr}`);
  }
  return {
    url: listening.exec(output.stdout)?.[1] ?? '',
    pid: child.pid ?? 0,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    ended,
    signal: (name) => void child.kill(name),
    stop: () => end('SIGINT'),
    kill: () => end('SIGKILL'),
  };
}

function start({ cwd, env }: ProcessOptions, script: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...flags, builtScript(script), ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function observe(child: ChildProcess) {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code]): Ended => ({ ...output, code }));
  return { output, ended };
}
