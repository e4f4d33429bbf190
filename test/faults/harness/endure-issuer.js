import { byToken } from './cast.js';
import { endure } from './endure.js';
import { IssuerServer } from './issuer-server.js';
import { sqliteSite } from './sites.js';
import { issuerGone } from './tolerances.js';

/** A server that starts while the keys of an issuer cannot be had, so that it never had any; `mode` is what is wrong. */
export async function endureIssuer({ name, mode, holdMs = 7_000, ...more }) {
  const issuer = await IssuerServer.make(mode);
  const site = await sqliteSite({ env: issuer.env });
  try {
    return await endure(site, {
      name,
      tolerates: issuerGone,
      pace: 3,
      holdMs,
      begin: (scene) => {
        const ask = (who, headersOf, should) =>
          scene.patrol.also({ name: who, needs: 'issuer', pauseMs: 60, headersOf, should });
        ask('a token of the issuer', () => byToken(issuer.tokenFor('ada')));
        ask(
          'a forged token of the issuer',
          () => byToken(issuer.forgedToken('ada')),
          () => 'bad',
        );
        more.begin?.(scene);
      },
      alsoGood: () => [byToken(issuer.tokenFor('ada')), byToken(issuer.tokenFor('grace'))],
      end: () => issuer.set('good'),
      after: ({ watch }) => {
        watch.require(mode === 'down' || issuer.fetches > 0, 'the keys were never asked for');
        more.after?.({ site, watch, issuer });
      },
      notes: () => more.notes?.({ issuer }) ?? '',
    });
  } finally {
    await site.close();
    await issuer.set('down');
  }
}
