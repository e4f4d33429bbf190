import { setTimeout as sleep } from 'node:timers/promises';
import { Cast } from '../harness/cast.js';
import { untilReady, writeUntilGone } from '../harness/crash.js';
import { secondsToHeal } from '../harness/heal.js';
import { rowOf } from '../harness/row.js';
import { say } from '../harness/say.js';
import { sqliteSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';
import { Watch } from '../harness/watch.js';

export const name = 'SIGKILL in the middle of writes, SQLite';
const rounds = 3;

/** The process is killed again and again while it writes, and started anew on what it left. */
export async function run() {
  say(`${name} …`);
  const site = await sqliteSite();
  const cast = await Cast.gather(site, 'killed-sqlite');
  const [first] = site.replicas;
  const watch = new Watch(nothing);
  let heal = 0;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const [replica] = site.replicas;
      const writing = writeUntilGone(cast, watch, replica, 6);
      await sleep(700 + round * 170);
      watch.begin();
      await replica.end('SIGKILL');
      await writing;
      const from = performance.now();
      const next = await site.startReplica();
      cast.managers.set(next, cast.managers.get(first));
      site.replicas.splice(0, 1, next);
      await untilReady(next);
      await secondsToHeal(cast, watch, () => []);
      heal = Math.max(heal, (performance.now() - from) / 1_000);
    }
    const lost = await cast.ledger.lost(site.replicas, watch);
    const { size, revocations } = cast.ledger;
    watch.require(size > 50, 'too little was written to tell');
    return rowOf({
      name,
      watch,
      heal,
      lost,
      notes: `${rounds} times; ${size} keys made, ${revocations} revoked; healed by a restart`,
    });
  } finally {
    await site.close();
  }
}
