import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../harness/ask.js';
import { byKey, Cast } from '../harness/cast.js';
import { endure } from '../harness/endure.js';
import { rowOf } from '../harness/row.js';
import { say } from '../harness/say.js';
import { failoverSite } from '../harness/sites.js';
import { noWrites } from '../harness/tolerances.js';
import { Watch } from '../harness/watch.js';

/** For 10 s after a failover no receipt is complete. */
const mostSecondsToConfirm = 30;

/** The standby is promoted; connections to the old primary stay open, and it is read-only. */
export const toStandby = {
  name: 'PostgreSQL failover, old primary read-only',
  async run() {
    const site = await failoverSite();
    try {
      return await endure(site, {
        name: this.name,
        tolerates: noWrites,
        holdMs: 0,
        begin: async () => {
          await site.primary.setReadOnly(true);
          // What is being written is stored before the standby is asked whether it has everything.
          await sleep(1_000);
          await promote(site);
          for (const { databaseLink } of site.replicas) databaseLink.leadTo(site.standbyTarget);
        },
        end: () => undefined,
        after: ({ cast, watch }) =>
          untilConfirmed(cast, watch, async () => (await cast.create(site.replicas[0], 'doomed')).entry),
      });
    } finally {
      await site.close();
    }
  },
};

/**
 * The same, but the old primary still takes writes, and only one replica has noticed. No receipt may be complete as long as the
 * other one accepts the key.
 */
export const oldPrimaryLives = {
  name: 'PostgreSQL failover, old primary lives on',
  async run() {
    say(`${this.name} …`);
    const site = await failoverSite({ DATABASE_MAX_CONNECTION_SECONDS: '5' });
    const [moved, left] = site.replicas;
    const watch = new Watch(noWrites);
    try {
      const cast = await Cast.gather(site, 'old-primary', { endangered: 60 });
      await promote(site);
      for (const { databaseLink } of site.replicas) databaseLink.leadTo(site.standbyTarget);
      watch.begin();
      await moved.databaseLink.set('cut');
      await moved.databaseLink.set('pass');
      // Made before the failover: both servers have them.
      const heal = await untilConfirmed(cast, watch, () => cast.endangered.pop());
      watch.heal();
      const answer = await ask(left, { headers: byKey((await cast.create(moved, 'after')).entry.key) });
      watch.judge({ name: 'a key of the new primary', needs: 'read' }, left, answer, 'good');
      return rowOf({ name: this.name, watch, heal, notes: 'until a receipt is complete' });
    } finally {
      await site.close();
    }
  },
};

async function promote({ primary, standby }) {
  await standby.catchUp(primary);
  await standby.promote();
}

/** Revokes keys at the first replica until a receipt is complete; the other replica must then reject the key. */
async function untilConfirmed(cast, watch, nextKey) {
  const [first, other] = cast.site.replicas;
  const started = performance.now();
  const secondsSince = () => (performance.now() - started) / 1000;
  while (secondsSince() < mostSecondsToConfirm) {
    const entry = await nextKey();
    const outcome = await cast.revoke(first, entry);
    const answer = await ask(other, { headers: byKey(entry.key) });
    const should = outcome === 'complete' ? 'bad' : 'either';
    watch.judge({ name: 'a key that was just revoked', needs: 'read' }, other, answer, should);
    if (outcome === 'complete') return secondsSince();
    await sleep(500);
  }
  watch.breach(`no receipt is complete after ${mostSecondsToConfirm} s`);
  return undefined;
}
