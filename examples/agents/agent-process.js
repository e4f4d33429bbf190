import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { GatehouseClient } from './gatehouse-client.js';

/** How agents end: their exit codes, or the signal that killed them. */
export const done = 0;
export const cutOff = 3;
export const killed = 'SIGKILL';

/**
 * Starts a script in a process of its own, with the tool key that `issue` resolves with. The key goes through a pipe:
 * never onto the command line, which every user of the machine can read (`ps`) and which ends up in monitors and logs;
 * nor into the environment, which is passed on to whatever an agent starts. And it is issued when the process is up,
 * because its lease runs from then on.
 */
export async function startAgent(script, { url, issue, args = [] }) {
  const agent = fork(join(import.meta.dirname, script), args, { env: { PATH: process.env.PATH } });
  const ended = once(agent, 'exit').then(([code, signal]) => code ?? signal);
  try {
    await Promise.race([once(agent, 'message'), ended]);
    const { key, ...issued } = await issue();
    agent.send({ url, key });
    return { ...issued, ended, kill: () => agent.kill(killed) };
  } catch (error) {
    agent.kill(killed);
    throw error;
  }
}

/** The other end of the pipe: resolves with a client that has the key. */
export async function joinAsAgent() {
  process.send('up');
  const [{ url, key }] = await once(process, 'message');
  process.disconnect();
  return new GatehouseClient(url, { toolKey: key });
}

/** Says what a process does. Of a key only ever its display prefix. */
export function sayAs(name) {
  return (text) => process.stdout.write(`${name.padEnd(28)} ${text}\n`);
}
