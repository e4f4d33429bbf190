import { describe } from './ask.js';
import { percentile } from './percentile.js';

/** The longest that any answer may take: 3 s for a connection, 3.5 s for a statement, and a little for a slow machine. */
const defaultLongestMs = 9_500;
const mostTold = 6;

/**
 * Judges every answer around one fault. `tolerates(replica)[needs]` says how many milliseconds after the beginning of the
 * fault a request that needs nothing, a read or a write of the database, or keys of an issuer, may begin to be answered 503;
 * what it does not name, never.
 */
export class Watch {
  wrongAccepts = 0;
  wrongRejections = 0;
  faults = 0;
  longest = 0;
  breaches = new Map();
  #times = [];
  #judged = 0;
  #beganAt = Infinity;
  #healedAt = Infinity;

  constructor(tolerates, longestMs = defaultLongestMs) {
    this.tolerates = tolerates;
    this.longestMs = longestMs;
  }

  begin() {
    this.#beganAt = performance.now();
  }

  heal() {
    this.#healedAt = performance.now();
  }

  get judged() {
    return this.#judged;
  }

  get p99() {
    return percentile(this.#times, 0.99);
  }

  /** `should` is `good`, `bad`, or `either` where both are right. */
  judge({ name, needs }, replica, answer, should) {
    this.#judged += 1;
    const { status, body, at, sentAt, ms } = answer;
    if (at >= this.#beganAt && sentAt < this.#healedAt) this.#times.push(ms);
    this.longest = Math.max(this.longest, ms);
    const breach = (why) => this.breach(`${name} at ${replica.name}: ${why}`, answer);
    if (ms > this.longestMs) breach('too slow');
    if (status === undefined) return breach('no answer');
    // An owner whose share of waiting writes is full gets 429.
    const isShareFull = status === 429 && needs === 'write' && body?.code === 'RATE_LIMITED';
    if (status === 503 || isShareFull) return this.#judgeFault(needs, replica, answer, breach);
    if (status >= 500) {
      this.faults += 1;
      return breach('a fault that is no 503');
    }
    if (status < 300) {
      if (should !== 'bad') return;
      this.wrongAccepts += 1;
      return breach('accepted');
    }
    if (![401, 403, 429].includes(status)) return breach('an unexpected answer');
    if (should !== 'good') return;
    this.wrongRejections += 1;
    breach('refused');
  }

  breach(what, answer) {
    const told = this.breaches.get(what) ?? {
      times: 0,
      first: answer && `${describe(answer)}, ${this.#when(answer)}`,
    };
    told.times += 1;
    this.breaches.set(what, told);
  }

  /** A law that is no matter of a single answer. */
  require(holds, what) {
    if (!holds) this.breach(what);
  }

  get told() {
    const lines = [...this.breaches].map(
      ([what, { times, first }]) =>
        `${what}${first ? ` (${first})` : ''}${times > 1 ? `, ${times} times` : ''}`,
    );
    return lines.length > mostTold
      ? [...lines.slice(0, mostTold), `and ${lines.length - mostTold} more`]
      : lines;
  }

  #judgeFault(needs, replica, answer, breach) {
    const { headers, body, at, sentAt } = answer;
    this.faults += 1;
    const seconds = Number(headers['retry-after']);
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 60)
      breach(`${answer.status} without a sane Retry-After`);
    if (typeof body?.code !== 'string' || typeof body.requestId !== 'string')
      breach(`${answer.status} without code or request id`);
    if (sentAt >= this.#healedAt) breach(`${answer.status} after it had healed`);
    else if (at < this.#beganAt + (this.tolerates(replica)[needs] ?? Infinity))
      breach(`${answer.status} for what could be known`);
  }

  #when({ sentAt }) {
    const seconds = (sentAt - this.#beganAt) / 1000;
    return Number.isFinite(seconds) ? `sent at ${seconds.toFixed(1)} s` : 'before the fault';
  }
}
