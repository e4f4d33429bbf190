import { setTimeout as sleep } from 'node:timers/promises';
import { ask, mustAsk } from '../harness/ask.js';
import { byKey, byToken } from '../harness/cast.js';
import { endure } from '../harness/endure.js';
import { postgresSite } from '../harness/sites.js';
import { nothing } from '../harness/tolerances.js';

export const name = 'SIGTERM under load';
const drainSeconds = 2;

/** A third replica gets SIGTERM under load. It becomes not ready first, answers what it has accepted, and loses nothing. */
export async function run() {
  const site = await postgresSite();
  let seconds;
  return endure(site, {
    name,
    tolerates: nothing,
    holdMs: 0,
    begin: () => undefined,
    meanwhile: async (scene) => {
      const third = await site.startReplica('replica-3', { DRAIN_SECONDS: String(drainSeconds) });
      scene.cast.managers.set(third, scene.cast.managers.get(site.replicas[0]));
      const load = new Load(scene, third);
      await sleep(1_000);
      load.told();
      third.signal('SIGTERM');
      await load.expectNotReady();
      const from = performance.now();
      const code = await third.ended;
      seconds = (performance.now() - from) / 1_000;
      await load.ended();
      scene.watch.require(code === 0, `it ended with code ${code}`);
      await load.expectNothingUnsaid(site.replicas[0]);
    },
    end: () => undefined,
    notes: () => `ended after ${seconds.toFixed(1)} s, of which ${drainSeconds} to drain`,
  });
}

/** Callers of one replica, who go on until it is gone. */
class Load {
  #toldAt = Infinity;
  #made = new Set();
  #callers;

  constructor({ cast, watch }, replica) {
    Object.assign(this, { cast, watch, replica });
    const reader = () => ask(replica, { headers: byKey(cast.managers.get(replica)) });
    this.#callers = [reader, reader, reader].map((act) => this.#goOn('a known service key', act));
    for (const hand of [1, 2, 3])
      this.#callers.push(this.#goOn('making a key', (turn) => this.#make(`sigterm ${hand} ${turn}`)));
  }

  told() {
    this.#toldAt = performance.now();
  }

  async expectNotReady() {
    let answer;
    // The signal comes to it a little after it was sent.
    do answer = await ask(this.replica, { path: '/health/ready' });
    while (answer.status === 200);
    const { status, body } = answer;
    this.watch.require(
      status === 503 && body?.code === 'SHUTTING_DOWN',
      `/health/ready says ${status} ${body?.code}`,
    );
  }

  ended() {
    return Promise.all(this.#callers);
  }

  /** Every change was answered: no key exists whose creation was not. */
  async expectNothingUnsaid(elsewhere) {
    let cursor = '';
    while (cursor !== undefined) {
      const path = `/api/v1/api-keys?limit=100${cursor}`;
      const { keys, nextCursor } = await mustAsk(elsewhere, { path, headers: byToken(this.cast.token) });
      for (const { name: made } of keys)
        if (made.startsWith('sigterm '))
          this.watch.require(this.#made.has(made), 'a key was created without an answer');
      cursor = nextCursor === null ? undefined : `&cursor=${nextCursor}`;
    }
    this.watch.require(this.#made.size > 10, 'too little was written to tell');
  }

  async #make(request) {
    const { answer, entry } = await this.cast.create(this.replica, request);
    if (entry !== undefined) this.#made.add(request);
    return answer;
  }

  async #goOn(who, act) {
    for (let turn = 0; ; turn += 1) {
      const answer = await act(turn);
      const isOver = performance.now() - this.#toldAt > drainSeconds * 1_000;
      if (isOver && /^(ECONNRESET|ECONNREFUSED|socket hang up)$/.test(answer.error)) return;
      this.watch.judge({ name: who, needs: 'nothing' }, this.replica, answer, 'good');
      if (answer.error !== undefined) return;
    }
  }
}
