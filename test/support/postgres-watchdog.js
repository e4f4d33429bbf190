import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// The other end of standard input is held by the process that started the server: it closes when that process ends.
const [databaseDir] = process.argv.slice(2);
process.stdin.on('end', cleanUp).resume();

async function cleanUp() {
  const pid = await serverPid();
  if (pid !== undefined) {
    process.kill(pid, 'SIGINT');
    for (let wait = 0; wait < 100 && (await serverPid()) !== undefined; wait += 1) await sleep(100);
  }
  await rm(databaseDir, { recursive: true, force: true });
}

async function serverPid() {
  const file = await readFile(join(databaseDir, 'postmaster.pid'), 'utf8').catch(() => undefined);
  return file === undefined ? undefined : Number.parseInt(file, 10);
}
