import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isGood, mustAsk } from '../harness/ask.js';
import { byToken } from '../harness/cast.js';
import { endure } from '../harness/endure.js';
import { IssuerServer } from '../harness/issuer-server.js';
import { sqliteSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'JWKS endpoint rotating';
const lookAgainMs = 30_000;
/** For a slow machine. */
const slackMs = 10_000;

/**
 * A key is replaced by another without any overlap, which is noticed at once; then a further one is added, which is noticed
 * when the keys are looked up again, 30 s after the last time. No request can make it fetch more often.
 */
export async function run() {
  const issuer = await IssuerServer.make('good');
  const site = await sqliteSite({ env: issuer.env });
  let seconds;
  let fetches;
  try {
    return await endure(site, {
      name,
      tolerates: nothing,
      pace: 3,
      begin: () => mustAsk(site.replicas[0], { headers: byToken(issuer.tokenFor('ada')) }),
      meanwhile: async ({ watch, patrol }) => {
        const [replica] = site.replicas;
        const first = issuer.current;
        const second = issuer.addKey();
        issuer.withdraw(first);
        const rotated = performance.now();
        fetches = issuer.fetches;
        issuer.current = second;
        patrol.also({
          name: 'a token of the key that replaced it',
          needs: 'nothing',
          pauseMs: 60,
          headersOf: () => byToken(issuer.tokenFor('ada', second)),
        });
        await sleep(1_000);
        patrol.also({
          name: 'a token of a withdrawn key',
          needs: 'nothing',
          pauseMs: 60,
          headersOf: () => byToken(issuer.tokenFor('ada', first)),
          should: () => 'bad',
        });
        const third = issuer.addKey();
        while (!isGood(await ask(replica, { headers: byToken(issuer.tokenFor('ada', third)) }))) {
          await sleep(100);
          if (performance.now() - rotated > lookAgainMs + slackMs) break;
        }
        seconds = (performance.now() - rotated) / 1000;
        watch.require(
          seconds < (lookAgainMs + slackMs) / 1000,
          'a new key is noticed 30 s after the last one',
        );
        fetches = issuer.fetches - fetches;
        watch.require(fetches <= 3, `the keys were fetched ${fetches} times in ${seconds.toFixed(0)} s`);
      },
      end: () => undefined,
      alsoGood: () => [byToken(issuer.tokenFor('ada'))],
      notes: () => `a further key noticed after ${seconds.toFixed(1)} s, ${fetches} fetches`,
    });
  } finally {
    await site.close();
    await issuer.set('down');
  }
}
