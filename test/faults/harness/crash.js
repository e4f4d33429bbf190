import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from './ask.js';

/** Makes and revokes keys at a replica with so many hands at once, until it does not answer; all of it is noted. */
export async function writeUntilGone(cast, watch, replica, hands) {
  const work = async (hand) => {
    for (let made = 0; ; made += 1) {
      const { answer, entry } = await cast.create(replica, `${replica.name} hand ${hand} key ${made}`);
      if (answer.error !== undefined) return;
      watch.judge({ name: 'making a key', needs: 'write' }, replica, answer, 'good');
      if (entry === undefined || made % 2 === 0) continue;
      const outcome = await cast.revoke(replica, entry, { wait: false });
      if (outcome.error !== undefined) return;
    }
  };
  await Promise.all(Array.from({ length: hands }, (_, hand) => work(hand)));
}

export async function untilReady(replica) {
  while ((await ask(replica, { path: '/health/ready' })).status !== 200) await sleep(20);
}
