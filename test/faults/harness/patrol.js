import { setTimeout as sleep } from 'node:timers/promises';
import { ask, isGood } from './ask.js';
import { Allowance } from './allowance.js';
import { byKey, byToken } from './cast.js';

/** Asks every replica again and again as everybody, and has each answer judged. */
export class Patrol {
  #stopped = false;
  #loops = [];

  /** A higher `pace` is a slower one. */
  constructor(cast, watch, pace = 1) {
    this.pace = pace;
    this.cast = cast;
    this.watch = watch;
    this.allowance = new Allowance(cast.limited);
    const share = cast.fresh.length / cast.site.replicas.length;
    cast.site.replicas.forEach((replica, index) =>
      this.#send(replica, cast.fresh.slice(index * share, (index + 1) * share)),
    );
  }

  /** Lets everybody ask every replica with one more credential. */
  also({ name, needs, pauseMs, headersOf, should = () => 'good' }) {
    for (const replica of this.cast.site.replicas)
      this.#loop(pauseMs, () => this.#judged({ name, needs }, replica, { headers: headersOf() }, should));
  }

  async stop() {
    this.#stopped = true;
    await Promise.all(this.#loops);
  }

  #send(replica, fresh) {
    const { cast } = this;
    const send = (name, needs, pauseMs, headersOf, shouldBe = () => 'good') =>
      this.#loop(pauseMs, () => this.#judged({ name, needs }, replica, { headers: headersOf() }, shouldBe));
    send('a known service key', 'nothing', 50, () => byKey(cast.managers.get(replica)));
    send('a known personal key', 'nothing', 80, () => byKey(cast.personal));
    send('a known tool key', 'nothing', 80, () => ({ 'x-tool-key': cast.tool }));
    send('a known token', 'nothing', 80, () => byToken(cast.token));
    send('a new token of a known person', 'nothing', 100, () => byToken(cast.newToken()));
    send('a newcomer', 'write', 300, () => byToken(cast.newcomer()));
    const forged = cast.forged();
    let turn = 0;
    const nextForged = () => forged[turn++ % forged.length];
    const bad = () => 'bad';
    send('a forged credential', 'nobody', 70, nextForged, bad);
    send('an invented key', 'read', 150, () => cast.invented(), bad);
    const ofDoomed = ({ sentAt }) => cast.ledger.should(cast.doomed, replica, sentAt);
    send('a revoked key', 'read', 100, () => byKey(cast.doomed.key), ofDoomed);
    this.#loop(250, () => this.#tryFresh(replica, fresh));
    this.#loop(100, () => this.#useLimited(replica));
    for (const entry of cast.endangered) this.#loop(60, () => this.#askEndangered(replica, entry));
    this.#write(replica, `${cast.label} ${replica.name}`);
  }

  async #askEndangered(replica, entry) {
    const answer = await ask(replica, { headers: byKey(entry.key) });
    // An attempt to revoke it looks it up again.
    const who = { name: 'a key to be revoked', needs: entry.attempted ? 'read' : 'nothing' };
    this.watch.judge(who, replica, answer, this.cast.ledger.should(entry, replica, answer.sentAt));
  }

  async #judged(who, replica, request, shouldBe) {
    const answer = await ask(replica, request);
    this.watch.judge(who, replica, answer, shouldBe(answer));
    return answer;
  }

  /** A key is fresh until the replica has seen it once. */
  async #tryFresh(replica, fresh) {
    if (fresh.length === 0) return;
    const who = { name: 'a fresh key', needs: 'read' };
    const answer = await this.#judged(who, replica, { headers: byKey(fresh[0]) }, () => 'good');
    if (isGood(answer)) fresh.shift();
  }

  async #useLimited(replica) {
    const { allowance, cast } = this;
    allowance.send();
    const who = { name: 'a limited key', needs: 'read' };
    const shouldBe = ({ status }) => (status === 429 ? 'either' : 'good');
    allowance.note(await this.#judged(who, replica, { headers: byKey(cast.limited.key) }, shouldBe));
  }

  /** Makes keys, and revokes every third of them, here with a receipt and there without. */
  #write(replica, name) {
    const { cast, watch } = this;
    let made = 0;
    this.#loop(60, async () => {
      const { answer, entry } = await cast.create(replica, name);
      watch.judge({ name: 'making a key', needs: 'write' }, replica, answer, 'good');
      if (entry === undefined) return;
      made += 1;
      if (made % 3 > 0) return;
      const outcome = await cast.revoke(replica, entry, { wait: made % 2 === 0 });
      if (typeof outcome !== 'string')
        watch.judge({ name: 'revoking a key', needs: 'write' }, replica, outcome, 'good');
    });
  }

  #loop(pauseMs, act) {
    const run = async () => {
      while (!this.#stopped) {
        await act();
        await sleep(pauseMs * this.pace);
      }
    };
    this.#loops.push(run());
  }
}
