import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { say } from '../say.js';

const folder = 'bench/better-auth';

/** Installs better-auth beside the bench where it is not there yet. Why that was impossible, or `undefined`. */
export function installBetterAuth() {
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return undefined;
  say('Installing better-auth …');
  const { npm_execpath: npm } = process.env;
  const [command, ...first] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const { status, error, stderr } = spawnSync(command, [...first, 'ci', '--prefix', folder], {
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const reason = stderr?.split('\n').find((line) => line.startsWith('npm error'));
  return `better-auth could not be installed (${error?.message ?? reason ?? 'npm ci failed'})`;
}
