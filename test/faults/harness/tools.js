import { spawnSync } from 'node:child_process';

/** The first of these programs that is installed; `undefined` for none. */
export function installed(...names) {
  return names.find((name) => spawnSync(name, ['--version']).status === 0);
}

/** What a program prints; throws when it fails. */
export function outputOf(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** Resident memory of a process in MiB. */
export function memoryOf(pid) {
  return Number(outputOf('ps', '-o', 'rss=', '-p', String(pid))) / 1024;
}

export function childrenOf(pid) {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}
