import { ask, isGood } from './ask.js';

/** How long a disconnected replica may use what it has cached. */
const cachedMs = 5_000;

/** Keys, and what was acknowledged about each: that it was made, and that it was revoked. */
export class Ledger {
  #keys = new Map();

  made({ id, key }) {
    const entry = { id, key, attempted: false, revoked: undefined };
    this.#keys.set(id, entry);
    return entry;
  }

  /** For a key of which nothing is to be expected in the end. */
  forget(id) {
    this.#keys.delete(id);
  }

  get size() {
    return this.#keys.size;
  }

  get revocations() {
    return [...this.#keys.values()].filter(({ revoked }) => revoked !== undefined).length;
  }

  /** The replica that revoked it; `isComplete` when its receipt names no missing replica. */
  revoked(entry, { by, isComplete = false }) {
    entry.revoked = { at: performance.now(), by, isComplete };
  }

  /**
   * What an answer of `replica` to a request with this key should be that was sent at `sentAt`. To be asked when the answer is there.
   */
  should({ attempted, revoked }, replica, sentAt) {
    if (!attempted) return 'good';
    if (revoked === undefined) return 'either';
    const isKnown = revoked.isComplete || revoked.by === replica;
    return sentAt > revoked.at + (isKnown ? 0 : cachedMs) ? 'bad' : 'either';
  }

  /** How many acknowledged changes are not there any more, asked of every replica once all is well. */
  async lost(replicas, watch) {
    let lost = 0;
    const all = [...this.#keys.values()].filter(
      ({ attempted, revoked }) => !attempted || revoked !== undefined,
    );
    const judgeOne = async (replica, entry) => {
      const answer = await ask(replica, { headers: { 'x-api-key': entry.key } });
      const isThere = entry.revoked === undefined ? isGood(answer) : answer.status === 401;
      if (isThere) return;
      lost += 1;
      watch.breach(
        `an acknowledged ${entry.revoked ? 'revocation' : 'key'} is lost at ${replica.name}`,
        answer,
      );
      if (isGood(answer)) watch.wrongAccepts += 1;
    };
    for (const replica of replicas) {
      for (let from = 0; from < all.length; from += 20)
        await Promise.all(all.slice(from, from + 20).map((entry) => judgeOne(replica, entry)));
    }
    return lost;
  }
}
