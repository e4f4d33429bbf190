/**
 * Holds a limited key to its limit: no more may be admitted, and no fewer. Only what replicas counted by themselves, as
 * they do while Redis does not answer within 50 ms, may be admitted beyond it, up to the limit for each replica; or be
 * counted twice, when Redis had counted it too.
 */
export class Allowance {
  #sent = 0;
  #missing = 0;
  admitted = 0;

  constructor({ limit }) {
    this.limit = limit;
  }

  send() {
    this.#sent += 1;
  }

  note({ status }) {
    if (status === 200) this.admitted += 1;
    if (status === 429) this.#missing = Math.max(this.#missing, this.limit + 1 - this.#sent);
  }

  /** Judges it all, `localHits` being what `replicas` counted by themselves meanwhile; `Infinity` without Redis. */
  judge(watch, localHits, replicas) {
    const most = this.limit + Math.min(localHits, this.limit * (replicas - 1));
    if (this.admitted > most) {
      watch.wrongAccepts += this.admitted - most;
      watch.breach(`${this.admitted} admitted with a limit of ${this.limit}, ${localHits} counted locally`);
    }
    if (this.#missing > localHits) {
      watch.wrongRejections += this.#missing;
      watch.breach(
        `a limit of ${this.limit} rejected ${this.#missing} too early, ${localHits} counted locally`,
      );
    }
  }
}
