import { spawnSync } from 'node:child_process';

/** What is measured runs on the one core, what sends the requests on the other. */
export const subjectCore = 0;
export const loadCore = 1;

/** Whether this machine can pin processes to both cores. */
export const canPin = [subjectCore, loadCore].every(
  (core) => spawnSync('taskset', ['-c', String(core), 'true']).status === 0,
);

/** The words of a command that runs on this core alone; on any, where it is undefined or the machine cannot pin. */
export function onCore(core, command) {
  return canPin && core !== undefined ? ['taskset', '-c', String(core), ...command] : command;
}
