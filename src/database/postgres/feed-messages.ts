import { withTimeout } from '../../support/timers.js';
import type { Change, Receipt } from '../database.js';
import { newId } from '../new-id.js';
import type { TableNames } from '../tables/table-names.js';
import type { CurrentServer } from './current-server.js';
import type { FeedConnection } from './feed-connection.js';
import type { Replica, Replicas, Run, Statement } from './replicas.js';

/** The channel on which only this process listens. */
export function channelOf(id: string): string {
  return `gatehouse_${id}`;
}

export function notify(channel: string, text: string): Statement {
  return ['SELECT pg_notify($1, $2)', [channel, text]];
}

const changeKinds: ReadonlySet<string> = new Set(['changed', 'added', 'emptied']);

/** `undefined` if the payload is not about a change. */
export function readChange(payload: string, names: TableNames): Change | undefined {
  const [kind = '', table = '', id = '', hash = ''] = payload.split(' ');
  if (!changeKinds.has(kind)) return undefined;
  return { kind: kind as Change['kind'], table: names.withoutPrefix(table), id, hash };
}

const receiptMs = 2_000;
/** The longest time between the commit of a change and its receipt. */
const commitMs = 10_000;
/** The most answers in progress: a flood of questions must not keep the connection so busy that it counts as hung. */
const mostAnswers = 500;
const idPattern = /^[0-9a-f-]{36}$/;

interface PendingReceipt {
  /** The ids of the processes that have confirmed. */
  readonly confirmed: Set<string>;
  onConfirmed(): void;
}

/**
 * Asks all processes whether they have received everything that was committed before: PostgreSQL delivers notifications
 * in the order of the commits.
 */
export class Receipts {
  private readonly pending = new Map<string, PendingReceipt>();
  private answers = 0;

  constructor(
    private readonly id: string,
    private readonly channel: string,
    private readonly replicas: Replicas,
    private readonly context: { readonly server: CurrentServer; readonly run: Run },
  ) {}

  /** Never rejects, and resolves within 2 s. Call it once this process has invalidated the change itself. */
  async confirm(): Promise<Receipt> {
    const question = newId();
    const confirmed = new Set([this.id]);
    this.pending.set(question, { confirmed, onConfirmed: () => undefined });
    const asked: { live?: readonly Replica[] } = {};
    const answers = async () => {
      asked.live = await this.ask(question);
      await this.allConfirmed(asked.live, question);
    };
    await withTimeout(answers(), receiptMs).catch(() => undefined);
    this.pending.delete(question);
    const { live } = asked;
    // The change may have been committed on the server before.
    const isUnknown = live === undefined || this.context.server.movedWithin(commitMs);
    if (isUnknown) return { live: null, confirmed: confirmed.size, missing: [] };
    const missing = live.filter(({ id }) => !confirmed.has(id)).map(({ name }) => name);
    return { live: live.length, confirmed: live.length - missing.length, missing };
  }

  /**
   * Answers over `connection` if `payload` is a question of another process: all changes before the question have arrived
   * before it, and are invalidated.
   */
  answer(payload: string, connection: Pick<FeedConnection, 'query'>): void {
    const [kind, question = '', replica = ''] = payload.split(' ');
    if (kind !== 'confirm?' || replica === this.id || this.answers >= mostAnswers) return;
    // Any client may notify; a statement that fails would end the connection.
    if (!idPattern.test(question) || !idPattern.test(replica)) return;
    this.answers += 1;
    connection
      .query(
        ...notify(
          channelOf(replica),
          `confirmed ${question} ${this.id} ${this.context.server.identity ?? ''}`,
        ),
      )
      .catch(() => undefined)
      .finally(() => (this.answers -= 1));
  }

  /** Takes the answer of another process, unless what it reads is on another server. */
  receive(payload: string): void {
    const [kind, question = '', replica = '', server] = payload.split(' ');
    const receipt = this.pending.get(question);
    if (kind !== 'confirmed' || receipt === undefined || !this.context.server.isSame(server)) return;
    receipt.confirmed.add(replica);
    receipt.onConfirmed();
  }

  /** Sends the question; resolves with the processes whose answers to wait for. */
  private async ask(question: string): Promise<Replica[]> {
    await this.context.run(...notify(this.channel, `confirm? ${question} ${this.id}`));
    const live = await this.replicas.live();
    return live.some(({ id }) => id === this.id) ? live : [...live, { id: this.id, name: '' }];
  }

  private allConfirmed(live: readonly Replica[], question: string): Promise<void> {
    return new Promise((resolve) => {
      const receipt = this.pending.get(question);
      if (receipt === undefined) return resolve();
      receipt.onConfirmed = () => {
        if (live.every(({ id }) => receipt.confirmed.has(id))) resolve();
      };
      receipt.onConfirmed();
    });
  }
}
