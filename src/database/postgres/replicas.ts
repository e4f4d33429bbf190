import type { ClientConfig } from 'pg';
import type { Clock } from '../../support/clock.js';
import type { CurrentServer } from './current-server.js';
import { FeedConnection } from './feed-connection.js';

export type Statement = readonly [sql: string, parameters: unknown[]];

/** Runs one statement and resolves with its rows. */
export type Run = <T>(sql: string, parameters?: unknown[]) => Promise<T[]>;

export interface Replica {
  readonly id: string;
  readonly name: string;
}

export interface ReplicasContext {
  /** The table of the processes, quoted for SQL. */
  readonly table: string;
  /** What the pool of this process reads. */
  readonly server: Pick<CurrentServer, 'identity'>;
  /** How long a connection of a pool may live. */
  readonly maxConnectionSeconds: number;
  /** Runs a statement on the pool. */
  readonly run: Run;
  readonly connection: ClientConfig;
  readonly clock: Clock;
  /** Aborted once this process stops. */
  readonly stopped: AbortSignal;
}

/** How long after its last heartbeat a process is waited for. */
const liveSeconds = 8;

/** After a failover, how long a process may use the former primary beyond the maximum age of its connections. */
const moveSeconds = 60;

/** How long after sending a stored heartbeat a process may rely on being waited for, in milliseconds of its own clock. */
const leaseMs = liveSeconds * 1000 - 500;

export const leaveMs = 2_000;

/** The processes that serve requests from this database, and this one among them. Times are the server's. */
export class Replicas {
  /** Ticks of the clock up to which receipts of other processes wait for this one. */
  leaseEndsAt = -Infinity;

  constructor(
    private readonly self: Replica,
    private readonly context: ReplicasContext,
  ) {}

  /**
   * Those that serve requests. One that was last seen on another server may still read that one, and counts until its
   * connections must have ended.
   */
  live(): Promise<Replica[]> {
    const { table, server, maxConnectionSeconds, run } = this.context;
    return run<Replica>(
      `SELECT id, name FROM ${table} WHERE seen_at > clock_timestamp() - make_interval(secs =>
         CASE WHEN server <> $1 THEN ${maxConnectionSeconds + moveSeconds} ELSE ${liveSeconds} END) ORDER BY name`,
      [server.identity ?? ''],
    );
  }

  /** Records that this process is alive, by default on the pool. */
  async sendHeartbeat(run: (...statement: Statement) => Promise<unknown> = this.context.run): Promise<void> {
    const { table, server, clock, stopped } = this.context;
    const sentAt = clock.ticks();
    await run(
      `INSERT INTO ${table} (id, name, server, seen_at) VALUES ($1, $2, $3, clock_timestamp())
       ON CONFLICT (id) DO UPDATE SET server = excluded.server, seen_at = excluded.seen_at`,
      [this.self.id, this.self.name, server.identity ?? ''],
    );
    if (!stopped.aborted) this.leaseEndsAt = sentAt + leaseMs;
  }

  /**
   * Removes this process: others no longer wait for it. An application may have destroyed its data source before: then the
   * pool is gone, but not the server.
   */
  async leave(): Promise<void> {
    this.leaseEndsAt = -Infinity;
    const { table, run, connection: config } = this.context;
    const statement: Statement = [`DELETE FROM ${table} WHERE id = $1`, [this.self.id]];
    await run(...statement).catch(async () => {
      const noListeners = { onMessage: () => undefined, onEnd: () => undefined };
      const connection = await FeedConnection.open(config, [], noListeners, AbortSignal.timeout(leaveMs));
      await connection.query(...statement).finally(() => connection.end());
    });
  }

  /** Removes processes that ended without leaving. */
  async removeOld(): Promise<void> {
    const { table, run } = this.context;
    await run(`DELETE FROM ${table} WHERE seen_at < clock_timestamp() - interval '1 hour'`);
  }
}
