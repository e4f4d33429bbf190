import { setTimeout as sleep } from 'node:timers/promises';
import { byKey, Cast } from './cast.js';
import { secondsToHeal } from './heal.js';
import { Patrol } from './patrol.js';
import { rowOf } from './row.js';
import { say } from './say.js';
import { Watch } from './watch.js';

/**
 * Lets a site bear a fault under load: a second of peace, the fault for `holdMs`, its end, the time to heal, a second of
 * peace. `begin`, `meanwhile` and `end` are called with what is going on: `cast`, `watch` and `patrol`. `alsoGood` gives
 * headers that have to be accepted before the site counts as healed.
 */
export async function endure(site, fault) {
  const {
    name,
    tolerates,
    begin,
    meanwhile,
    end,
    holdMs = 8_000,
    alsoGood = () => [],
    pace,
    mostSecondsToHeal,
  } = fault;
  say(`${name} …`);
  const cast = await Cast.gather(site, name.replace(/\W+/g, '-').toLowerCase(), fault.cast);
  const reserve = cast.fresh.splice(-2 * site.replicas.length);
  const watch = new Watch(tolerates, fault.longestMs);
  const countedBefore = await localHits(site);
  const patrol = new Patrol(cast, watch, pace);
  const scene = { site, cast, watch, patrol };
  let heal;
  try {
    await sleep(1_000);
    watch.begin();
    try {
      await begin(scene);
      await Promise.all([sleep(holdMs), meanwhile?.(scene)]);
    } finally {
      await end(scene);
    }
    heal = await secondsToHeal(cast, watch, () => [...reserve.map(byKey), ...alsoGood()], mostSecondsToHeal);
    watch.heal();
    await sleep(1_000);
  } finally {
    await patrol.stop();
  }
  const counted = (await localHits(site)) - countedBefore;
  patrol.allowance.judge(watch, site.redis ? counted : Infinity, site.replicas.length);
  const lost = await cast.ledger.lost(site.replicas, watch);
  for (const replica of site.replicas)
    watch.require(replica.isRunning, `${replica.name} has ended by itself`);
  await fault.after?.(scene);
  return rowOf({ name, watch, heal, lost, notes: fault.notes?.({ ...scene, counted }) });
}

/** Requests of limited keys that the replicas of a site counted by themselves, since they started. */
async function localHits({ replicas }) {
  const texts = await Promise.all(replicas.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()));
  return texts.reduce(
    (sum, text) => sum + Number(/^gatehouse_limiter_local_hits_total (\d+)/m.exec(text)[1]),
    0,
  );
}
