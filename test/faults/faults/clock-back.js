import { setTimeout as sleep } from 'node:timers/promises';
import { ask, mustAsk } from '../harness/ask.js';
import { byKey, byToken } from '../harness/cast.js';
import { clockSite } from '../harness/clock-site.js';
import { endure } from '../harness/endure.js';
import { expectOrder } from '../harness/expect-order.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'Clock a day back';
const day = 86_400_000;
const windowSeconds = 4;

/** What was revoked stays so; tokens from the future, leases and limits go on, and no client gets a Retry-After of a day. */
export async function run() {
  const site = await clockSite();
  const { replica, setClock } = site;
  const order = expectOrder(site);
  let short;
  let leased;
  let longestRetryAfter = 0;
  try {
    return await endure(site, {
      name,
      tolerates: nothing,
      cast: { ttlSeconds: 3 * 24 * 3_600, toolSeconds: 86_400 },
      begin: async ({ cast, watch }) => {
        const rateLimit = { limit: 1, windowSeconds };
        ({ entry: short } = await cast.create(replica, 'short', { rateLimit }));
        leased = await mustAsk(replica, {
          method: 'POST',
          path: '/api/v1/tool-keys',
          headers: byToken(cast.token),
          body: { taskId: 'leased', heartbeatSeconds: 5 },
        });
        await order.begin(cast);
        await useUp(short);
        await setClock(-day);
        const outcome = await cast.revoke(replica, cast.endangered[0]);
        watch.require(outcome === 'complete', 'a key can be revoked');
      },
      meanwhile: ({ cast, watch }) => Promise.all([useShort(watch), beat(watch), order.meanwhile(cast)]),
      end: () => setClock(0),
      after: ({ cast, watch }) => {
        cast.ledger.forget(short.id);
        return order.check(cast, watch);
      },
      notes: () => `Retry-After at most ${longestRetryAfter} s for a window of ${windowSeconds} s`,
    });
  } finally {
    await site.close();
  }

  function useUp({ key }) {
    return mustAsk(replica, { headers: byKey(key) });
  }

  /** Its window was used up before, and ends as if nothing had happened. */
  async function useShort(watch) {
    const until = performance.now() + (windowSeconds + 8) * 1_000;
    let isAdmitted = false;
    while (!isAdmitted && performance.now() < until) {
      const { status, headers } = await ask(replica, { headers: byKey(short.key) });
      isAdmitted = status === 200;
      if (status === 429) longestRetryAfter = Math.max(longestRetryAfter, Number(headers['retry-after']));
      await sleep(100);
    }
    watch.require(isAdmitted, `a window of ${windowSeconds} s does not end`);
    watch.require(
      longestRetryAfter <= windowSeconds,
      `Retry-After: ${longestRetryAfter} for a window of ${windowSeconds} s`,
    );
  }

  async function beat(watch) {
    const headers = { 'x-tool-key': leased.key };
    for (let beats = 0; beats < 8; beats += 1) {
      const answer = await ask(replica, { method: 'POST', path: '/api/v1/tool-keys/heartbeat', headers });
      watch.judge({ name: 'a beat', needs: 'write' }, replica, answer, 'good');
      watch.judge({ name: 'a leased key', needs: 'read' }, replica, await ask(replica, { headers }), 'good');
      await sleep(1_300);
    }
  }
}
