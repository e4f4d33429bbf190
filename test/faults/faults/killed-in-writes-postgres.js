import { setTimeout as sleep } from 'node:timers/promises';
import { writeUntilGone } from '../harness/crash.js';
import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'SIGKILL in the middle of writes, PostgreSQL';

/** A third replica is killed while it writes. The others notice nothing, and what it had acknowledged is there. */
export async function run() {
  const site = await postgresSite();
  let acknowledged;
  return endure(site, {
    name,
    tolerates: nothing,
    holdMs: 0,
    begin: () => undefined,
    meanwhile: async ({ cast, watch }) => {
      for (const round of [1, 2]) {
        const third = await site.startReplica('replica-3');
        cast.managers.set(third, cast.managers.get(site.replicas[0]));
        const before = cast.ledger.size;
        const writing = writeUntilGone(cast, watch, third, 4);
        await sleep(1_000 + round * 130);
        await third.end('SIGKILL');
        await writing;
        acknowledged = cast.ledger.size - before;
        watch.require(acknowledged > 5, 'too little was written to tell');
      }
    },
    end: () => undefined,
    notes: () => `twice; ${acknowledged} keys acknowledged by the last one`,
  });
}
