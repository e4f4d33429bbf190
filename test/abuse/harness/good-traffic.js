import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { atEnd } from '../../faults/harness/cleanup.js';

let owners = 0;

/** The traffic of a well-behaved owner: some 50 requests a second, of every kind, from another process. */
export class GoodTraffic {
  #child;
  #undone;

  /** Makes the owner and its credentials, enough for so many seconds, and begins. */
  static async start(site, seconds) {
    const traffic = new GoodTraffic();
    traffic.#child = fork(join(import.meta.dirname, 'good-client.js'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    traffic.#undone = atEnd(() => traffic.#child.kill('SIGKILL'));
    const supplies = await suppliesFor(site, seconds);
    const ready = once(traffic.#child, 'message');
    traffic.#child.send({ supplies });
    await ready;
    return traffic;
  }

  /** From now on requests count for this phase. */
  enter(phase) {
    this.#child.send({ phase });
  }

  /** Resolves when all is answered: for each phase p50 and p99 in milliseconds, and what was rejected. */
  async stop() {
    const report = Promise.race([
      once(this.#child, 'message'),
      once(this.#child, 'exit').then(() => {
        throw new Error('The good client has ended by itself');
      }),
    ]);
    this.#child.send({ stop: true });
    const [phases] = await report;
    this.#undone();
    return phases;
  }
}

async function suppliesFor(site, seconds) {
  owners += 1;
  const email = `good-${owners}-${site.pid}@example.com`;
  const token = () => site.issuer.tokenFor(email, 7_200);
  const asOwner = { authorization: `Bearer ${token()}` };
  const make = (name) => site.ask('POST', '/api/v1/api-keys', asOwner, { name, scopes: ['files:read'] });
  const [cached, own] = [await make('cached'), await make('own')];
  const freshKeys = [];
  for (let made = 0; made < seconds * 5; made += 5)
    freshKeys.push(
      ...(await Promise.all(Array.from({ length: 5 }, () => make('fresh')))).map(({ key }) => key),
    );
  const people = Array.from({ length: seconds }, (_, index) => `new-${index}-${email}`);
  return {
    url: site.url,
    address: '198.51.100.7',
    cachedKey: cached.key,
    ownKeyId: own.id,
    token: token(),
    freshKeys,
    newTokens: Array.from({ length: seconds * 2 }, token),
    newcomers: people.map((person) => site.issuer.tokenFor(person, 7_200)),
  };
}
