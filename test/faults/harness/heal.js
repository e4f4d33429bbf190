import { setTimeout as sleep } from 'node:timers/promises';
import { ask, describe, isGood } from './ask.js';
import { byToken } from './cast.js';

/** Seconds until everything that is good works at every replica; `undefined`, and a breach, when that takes too long. */
export async function secondsToHeal(cast, watch, alsoGood, mostSeconds = 30) {
  const from = performance.now();
  for (;;) {
    const faults = (
      await Promise.all(cast.site.replicas.map((replica) => faultsAt(replica, cast, alsoGood())))
    ).flat();
    const seconds = (performance.now() - from) / 1000;
    if (faults.length === 0) return seconds;
    if (seconds > mostSeconds) {
      watch.breach(`not healed after ${mostSeconds} s: ${faults[0]}`);
      return undefined;
    }
    await sleep(25);
  }
}

async function faultsAt(replica, cast, alsoGood) {
  const asked = [...cast.known, byToken(cast.newToken()), byToken(cast.newcomer()), ...alsoGood];
  const answers = await Promise.all(asked.map((headers) => ask(replica, { headers })));
  const { answer } = await cast.create(replica, `healing ${replica.name}`);
  const ready = await ask(replica, { path: '/health/ready' });
  return [...answers, answer, ready]
    .filter((one) => !isGood(one))
    .map((one) => `${replica.name}: ${describe(one)}`);
}
