import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../new-id.js';
import type { Receipt } from './receipt.js';
import { notify, ownChannel, type Replica, type Replicas, type Run, type Statement } from './replicas.js';

const waitMs = 2_000;
const ids = /^[0-9a-f-]{36}$/;

/**
 * Asks all processes whether they have heard of everything that was committed before: PostgreSQL tells everybody in the
 * order of the commits.
 */
export class Receipts {
  /** Who has confirmed, by question; `onConfirmed` is called for each. */
  private readonly asked = new Map<string, { readonly by: Set<string>; onConfirmed: () => void }>();

  constructor(
    private readonly id: string,
    private readonly channel: string,
    private readonly replicas: Replicas,
    private readonly run: Run,
  ) {}

  /** Resolves within 2 s, whatever happens. To be called once this process has dropped the change itself. */
  async confirm(): Promise<Receipt> {
    const question = newId();
    const by = new Set([this.id]);
    this.asked.set(question, { by, onConfirmed: () => undefined });
    const done = new AbortController();
    const tooLate = sleep(waitMs, undefined, { signal: done.signal }).catch(() => undefined);
    try {
      const live = await Promise.race([this.ask(question), tooLate]);
      if (live === undefined) return { live: null, confirmed: by.size, missing: [] };
      await Promise.race([this.allOf(live, question), tooLate]);
      const missing = live.filter(({ id }) => !by.has(id)).map(({ name }) => name);
      return { live: live.length, confirmed: live.length - missing.length, missing };
    } finally {
      this.asked.delete(question);
      done.abort();
    }
  }

  /** What to say to a question of another process, if `payload` is one. */
  answerTo(payload: string): Statement | undefined {
    const [kind, question = '', asker = ''] = payload.split(' ');
    if (kind !== 'confirm?' || asker === this.id) return undefined;
    // Anybody may notify; what cannot be answered would end the connection.
    if (!ids.test(question) || !ids.test(asker)) return undefined;
    return notify(ownChannel(asker), `confirmed ${question} ${this.id}`);
  }

  hear(payload: string): void {
    const [kind, question = '', replica = ''] = payload.split(' ');
    const waiting = this.asked.get(question);
    if (kind !== 'confirmed' || waiting === undefined) return;
    waiting.by.add(replica);
    waiting.onConfirmed();
  }

  /** Asks, and finds out whose answer is to be waited for: `undefined` when the database does not say. */
  private async ask(question: string): Promise<Replica[] | undefined> {
    try {
      await this.run(...notify(this.channel, `confirm? ${question} ${this.id}`));
      const live = await this.replicas.live();
      return live.some(({ id }) => id === this.id) ? live : [...live, { id: this.id, name: '' }];
    } catch {
      return undefined;
    }
  }

  private allOf(live: readonly Replica[], question: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.asked.get(question);
      if (waiting === undefined) return resolve();
      waiting.onConfirmed = () => {
        if (live.every(({ id }) => waiting.by.has(id))) resolve();
      };
      waiting.onConfirmed();
    });
  }
}
