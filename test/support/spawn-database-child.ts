import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dist } from './spawn-gatehouse.js';

/** A running `database-child.js`. */
export interface DatabaseChild {
  readonly process: ChildProcess;
  /** Every line it has said so far. */
  readonly lines: string[];
  /** Resolves when it has said `count` lines, and rejects with its error output when it ends before. */
  said(count: number): Promise<void>;
  /** Lets it take its next step. */
  next(): void;
  /** Ends it as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts `database-child.js` on the database at `url`. */
export function spawnDatabaseChild(url: string): DatabaseChild {
  const script = join(import.meta.dirname, 'database-child.js');
  const child = spawn(process.execPath, [script, url, dist], { stdio: 'pipe' });
  const lines: string[] = [];
  let partial = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (partial + text).split('\n');
    partial = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let isGone = false;
  const gone = once(child, 'close').then(() => (isGone = true));
  return {
    process: child,
    lines,
    said: async (count) => {
      while (lines.length < count) {
        if (isGone) throw new Error(`The process has ended: ${errors}`);
        await Promise.race([once(child.stdout, 'data'), gone]);
      }
    },
    next: () => child.stdin.write('\n'),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
