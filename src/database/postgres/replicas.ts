import { withTimeout } from '../../support/timers.js';
import type { Receipt } from '../database.js';
import { newId } from '../new-id.js';

export type Statement = readonly [sql: string, parameters: unknown[]];

/** Runs one statement and resolves with its rows. */
export type Run = <T>(sql: string, parameters?: unknown[]) => Promise<T[]>;

interface Replica {
  readonly id: string;
  readonly name: string;
}

/** How long after its last heartbeat a process is waited for. */
const liveSeconds = 8;

/** How long after sending a stored heartbeat a process may rely on being waited for, in milliseconds of its own clock. */
export const leaseMs = liveSeconds * 1000 - 500;

/** The channel on which only this process listens. */
export function channelOf(id: string): string {
  return `gatehouse_${id}`;
}

export function notify(channel: string, text: string): Statement {
  return ['SELECT pg_notify($1, $2)', [channel, text]];
}

/** The processes that serve requests from this database. Times are the server's. */
export class Replicas {
  /** `table` is the table of the processes, quoted for SQL. */
  constructor(
    private readonly table: string,
    private readonly run: Run,
  ) {}

  /** A statement that records that this process is alive. */
  heartbeat(id: string, name: string): Statement {
    return [
      `INSERT INTO ${this.table} (id, name, seen_at) VALUES ($1, $2, clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
      [id, name],
    ];
  }

  live(): Promise<Replica[]> {
    return this.run<Replica>(
      `SELECT id, name FROM ${this.table} WHERE seen_at > clock_timestamp() - interval '${liveSeconds} seconds' ORDER BY name`,
    );
  }

  /** A statement that removes this process: others no longer wait for it. */
  leave(id: string): Statement {
    return [`DELETE FROM ${this.table} WHERE id = $1`, [id]];
  }

  /** Removes processes that ended without leaving. */
  async removeOld(): Promise<void> {
    await this.run(`DELETE FROM ${this.table} WHERE seen_at < clock_timestamp() - interval '1 hour'`);
  }
}

const receiptMs = 2_000;
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

  constructor(
    private readonly id: string,
    private readonly channel: string,
    private readonly replicas: Replicas,
    private readonly run: Run,
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
    if (live === undefined) return { live: null, confirmed: confirmed.size, missing: [] };
    const missing = live.filter(({ id }) => !confirmed.has(id)).map(({ name }) => name);
    return { live: live.length, confirmed: live.length - missing.length, missing };
  }

  /** The answer to a question of another process, if `payload` is one. */
  answerTo(payload: string): Statement | undefined {
    const [kind, question = '', replica = ''] = payload.split(' ');
    if (kind !== 'confirm?' || replica === this.id) return undefined;
    // Any client may notify; a statement that fails would end the connection.
    if (!idPattern.test(question) || !idPattern.test(replica)) return undefined;
    return notify(channelOf(replica), `confirmed ${question} ${this.id}`);
  }

  /** Takes the answer of another process. */
  receive(payload: string): void {
    const [kind, question = '', replica = ''] = payload.split(' ');
    const receipt = this.pending.get(question);
    if (kind !== 'confirmed' || receipt === undefined) return;
    receipt.confirmed.add(replica);
    receipt.onConfirmed();
  }

  /** Sends the question; resolves with the processes whose answers to wait for. */
  private async ask(question: string): Promise<Replica[]> {
    await this.run(...notify(this.channel, `confirm? ${question} ${this.id}`));
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
