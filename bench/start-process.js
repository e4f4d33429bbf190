import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { onCore } from './pin.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));

/** The flags of `npm start`, so that what is measured of the service is what runs. */
export const serviceFlags = scripts.start.split(' ').filter((word) => word.startsWith('--'));

/**
 * Starts a script in a process of its own, on `core` if that is given, and waits for its first message, which becomes
 * `ready`. `ask` puts one question after the other to it, and rejects when the process has ended.
 */
export async function startProcess(script, { args = [], flags = [], env = process.env, core } = {}) {
  const [execPath, ...execArgv] = onCore(core, [process.execPath, ...flags]);
  const child = fork(script, args, {
    execPath,
    execArgv,
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${script} ended by itself (${signal ?? code})`);
  });
  ended.catch(() => {});
  const nextMessage = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  return {
    ready: await nextMessage(),
    ask(question, argument) {
      child.send({ question, argument });
      return nextMessage();
    },
    async stop() {
      child.kill('SIGTERM');
      await ended.catch(() => {});
    },
  };
}
