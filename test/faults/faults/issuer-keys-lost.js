import { setTimeout as sleep } from 'node:timers/promises';
import { byToken } from '../harness/cast.js';
import { endure } from '../harness/endure.js';
import { IssuerServer } from '../harness/issuer-server.js';
import { sqliteSite } from '../harness/sites.js';
import { issuerGone } from '../harness/tolerances.js';

export const name = 'JWKS endpoint lost after it was known';

/**
 * Its keys are kept: what they signed is good throughout, whatever becomes of the endpoint, and what they did not is not.
 * It has healed when a key is known that was added meanwhile: within the pause after the last of several failures, 36 s.
 */
export async function run() {
  const issuer = await IssuerServer.make('good');
  let added;
  const site = await sqliteSite({ env: issuer.env });
  try {
    return await endure(site, {
      name,
      tolerates: issuerGone,
      pace: 3,
      begin: async ({ patrol }) => {
        await issuer.set('down');
        const ask = (who, needs, headersOf, should) =>
          patrol.also({ name: who, needs, pauseMs: 60, headersOf, should });
        ask('a token of the issuer', 'nothing', () => byToken(issuer.tokenFor('ada')));
        // Each makes it look for new keys, as often as it is willing to.
        ask(
          'a forged token of the issuer',
          'issuer',
          () => byToken(issuer.forgedToken('ada')),
          () => 'bad',
        );
      },
      meanwhile: async () => {
        for (const mode of ['hanging', 'garbage', 'huge', 'redirecting']) {
          await sleep(mode === 'garbage' ? 6_000 : 2_000);
          await issuer.set(mode);
        }
      },
      end: () => {
        added = issuer.addKey();
        return issuer.set('good');
      },
      alsoGood: () => [byToken(issuer.tokenFor('ada', added))],
      mostSecondsToHeal: 40,
      notes: () => `${issuer.fetches} fetches`,
    });
  } finally {
    await site.close();
    await issuer.set('down');
  }
}
