import { Agent } from 'node:http';
import { connect } from 'node:net';
import { ask } from '../../faults/harness/ask.js';

/** What an attack is made of. All of it ends with `stop`. */
export class Attacker {
  /** How often each answer came. */
  counts = new Map();
  #agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  #sockets = new Set();
  #isOver = false;
  #unanswered = 0;

  constructor(url) {
    this.url = url;
    this.place = { host: new URL(url).hostname, port: Number(new URL(url).port), allowHalfOpen: true };
  }

  get isOver() {
    return this.#isOver;
  }

  /** Asks over so many connections, on each again as soon as it is answered. `requestOf` gives each request. */
  flood(connections, requestOf) {
    return this.repeat(connections, async (index) => {
      const request = await requestOf(index);
      this.#unanswered += 1;
      const answer = await ask({ url: this.url, agent: this.#agent }, request);
      this.#unanswered -= 1;
      this.note(describe(answer));
    });
  }

  /** Does something again and again, with so many hands. */
  async repeat(hands, act) {
    let index = 0;
    const loop = async () => {
      while (!this.#isOver) await act(index++);
    };
    await Promise.all(Array.from({ length: hands }, loop));
  }

  /** A connection that reads only on request. Errors end it silently. */
  open() {
    const socket = connect(this.place).pause();
    this.#sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    socket.ready = new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
    return socket;
  }

  /** Opens so many connections and does something on each as soon as it is open. */
  async each(count, act) {
    const sockets = Array.from({ length: count }, () => this.open());
    await Promise.all(
      sockets.map(async (socket, index) => {
        await socket.ready;
        if (!this.#isOver && socket.writable) await act(socket, index);
      }),
    );
  }

  /** Sends a text on a connection of its own; resolves with the status of the first answer, or how it ended without one. */
  async exchange(text, timeoutMs = 10_000) {
    const socket = this.open();
    const answer = new Promise((resolve) => {
      socket.once('data', (data) => resolve(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1] ?? 'no HTTP'));
      socket.once('close', () => resolve('closed'));
      socket.once('end', () => resolve('closed'));
      socket.setTimeout(timeoutMs, () => resolve('no answer'));
    });
    socket.write(text);
    socket.resume();
    const status = await answer;
    socket.destroy();
    return status;
  }

  note(what) {
    if (!this.#isOver) this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  stop() {
    if (this.#unanswered > 0) this.counts.set('no answer yet', this.#unanswered);
    this.#isOver = true;
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A client that is rejected for the load it makes must learn when to come again; calls that are used up do not come back. */
function describe({ status, headers, body, error }) {
  if (status === undefined) return error;
  const canRetry = [429, 503].includes(status) && body?.code !== 'BUDGET_EXCEEDED';
  const lacksRetry = canRetry && headers['retry-after'] === undefined;
  return lacksRetry ? `${status} without Retry-After` : String(status);
}
