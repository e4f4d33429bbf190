import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../faults/harness/say.js';
import { Attacker } from './attacker.js';
import { GoodTraffic } from './good-traffic.js';
import { missedAims } from './judge.js';
import { ProcessFigures } from './process-figures.js';

const calmSeconds = 0.5;
/** For the good client to notice the end of the attack. */
const slackSeconds = 4;

/**
 * Measures an attack of so many seconds; one that misses an aim is measured once more, at a service that has just been
 * started, and then judged leniently if `isLenient`.
 */
export async function measure(site, database, attack, { seconds, isLenient }) {
  const first = await attempt(site, database, attack, { seconds, isLenient: false });
  if (first.missed.length === 0) return first;
  say(`  ${first.name}, 1st try: ${first.missed.join('; ')}`);
  await site.restart();
  const second = { ...(await attempt(site, database, attack, { seconds, isLenient })), tries: 2 };
  for (const aim of second.missed) say(`  ${second.name}: ${aim}`);
  if (second.missed.length > 0) await site.restart();
  return second;
}

async function attempt(site, database, attack, { isLenient, ...options }) {
  const { name, connections, leastSeconds = 0, prepare, run } = attack;
  const seconds = Math.max(options.seconds, leastSeconds);
  say(`${name} (${database}) …`);
  const state = await prepare?.(site);
  const traffic = await GoodTraffic.start(site, Math.ceil(calmSeconds + seconds + slackSeconds));
  const attacker = new Attacker(site.url);
  traffic.enter('before');
  await sleep(calmSeconds * 1_000);
  const figures = new ProcessFigures(site.pid);
  traffic.enter('during');
  const running = run(attacker, site, state);
  await Promise.race([sleep(seconds * 1_000), site.replica.ended]);
  attacker.stop();
  const { before, during } = await traffic.stop();
  await running;
  const { peak, slowdown } = figures.stop();
  const isAlive = await site.isAlive();
  const { counts } = attacker;
  const row = { name, database, connections, before, during, peak, slowdown, isAlive, counts, tries: 1 };
  return { ...row, missed: missedAims(row, isLenient) };
}
