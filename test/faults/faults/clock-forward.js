import { setTimeout as sleep } from 'node:timers/promises';
import { ask, mustAsk } from '../harness/ask.js';
import { byKey, byToken } from '../harness/cast.js';
import { clockSite } from '../harness/clock-site.js';
import { endure } from '../harness/endure.js';
import { expectOrder } from '../harness/expect-order.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'Clock two hours forward';
const hour = 3_600_000;
const manyCpuSeconds = 6;

/** What has ended by the new time is rejected at once; everybody else goes on, and so does the work in the background. */
export async function run() {
  const site = await clockSite();
  const { replica, setClock } = site;
  let ending;
  let cpuSeconds;
  const order = expectOrder(site);
  try {
    return await endure(site, {
      name,
      tolerates: nothing,
      cast: { ttlSeconds: 3 * 24 * 3_600, toolSeconds: 86_400 },
      begin: async ({ cast }) => {
        ending = await thatEndSoon(replica, cast);
        for (const headers of ending) await mustAsk(replica, { headers });
        await order.begin(cast);
        const before = await setClock(2 * hour);
        cpuSeconds = -before.cpuSeconds;
      },
      meanwhile: async ({ cast, watch }) => {
        for (let round = 0; round < 10; round += 1) {
          for (const headers of ending) {
            const answer = await ask(replica, { headers });
            watch.judge({ name: 'what has ended', needs: 'read' }, replica, answer, 'bad');
          }
          await sleep(500);
        }
        await order.meanwhile(cast);
        const expiresAt = new Date(Date.now() + 2 * hour + 60_000).toISOString();
        const { answer, entry } = await cast.create(replica, 'a minute', { expiresAt });
        watch.judge({ name: 'making a key', needs: 'write' }, replica, answer, 'good');
        const used = await ask(replica, { headers: byKey(entry.key) });
        watch.judge({ name: 'a key with a minute left', needs: 'read' }, replica, used, 'good');
      },
      end: async ({ watch }) => {
        cpuSeconds += (await setClock(0)).cpuSeconds;
        watch.require(cpuSeconds < manyCpuSeconds, `${cpuSeconds.toFixed(1)} s of CPU time`);
      },
      after: ({ cast, watch }) => order.check(cast, watch),
      notes: () => `${cpuSeconds.toFixed(1)} s of CPU time`,
    });
  } finally {
    await site.close();
  }
}

/** Credentials with an hour left. */
async function thatEndSoon(replica, cast) {
  const expiresAt = new Date(Date.now() + hour).toISOString();
  const { answer } = await cast.create(replica, 'an hour', { expiresAt });
  const tool = await mustAsk(replica, {
    method: 'POST',
    path: '/api/v1/tool-keys',
    headers: byToken(cast.token),
    body: { taskId: 'an hour', ttlSeconds: 3_600 },
  });
  cast.ledger.forget(answer.body.id);
  return [byKey(answer.body.key), byToken(cast.newToken(3_600)), { 'x-tool-key': tool.key }];
}
