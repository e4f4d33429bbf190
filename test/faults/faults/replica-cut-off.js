import { setTimeout as sleep } from 'node:timers/promises';
import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';
import { databaseGone, noWrites } from '../harness/tolerances.js';

export const name = 'One replica cut off from PostgreSQL';

/**
 * Everything between one replica and the database is swallowed, while keys are revoked at the other. What the one was
 * about to write stays locked until PostgreSQL gives up its transactions (10 s), so a write at the other may fail.
 */
export async function run() {
  const site = await postgresSite();
  const [well, cutOff] = site.replicas;
  return endure(site, {
    name,
    tolerates: (replica) => (replica === cutOff ? databaseGone() : noWrites()),
    holdMs: 12_000,
    begin: () => cutOff.databaseLink.set('hang'),
    meanwhile: (scene) => revokeElsewhere(well, scene),
    end: () => cutOff.databaseLink.set('pass'),
  });
}

async function revokeElsewhere(well, { cast, watch }) {
  const [early, unconfirmed, late] = cast.endangered;
  await sleep(500);
  const receipt = await revokeStubbornly(cast, well, early);
  watch.require(receipt === 'acknowledged', `an early receipt names who was cut off (it was ${receipt})`);
  await cast.revoke(well, unconfirmed, { wait: false });
  await sleep(8_000);
  const receiptLater = await revokeStubbornly(cast, well, late);
  watch.require(receiptLater === 'complete', `a late receipt is complete (it was ${receiptLater})`);
}

async function revokeStubbornly(cast, replica, entry) {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await cast.revoke(replica, entry);
    if (typeof outcome === 'string') return outcome;
    if (attempt === 3) return `rejected three times with ${outcome.status}`;
  }
}
