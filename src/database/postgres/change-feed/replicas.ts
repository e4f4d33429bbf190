export type Statement = readonly [sql: string, parameters: unknown[]];

/** Runs one statement and resolves with its rows. */
export type Run = <T>(sql: string, parameters?: unknown[]) => Promise<T[]>;

export interface Replica {
  readonly id: string;
  readonly name: string;
}

/** So long after its last beat a process is waited for. */
const liveSeconds = 8;

/** So long after it sent a beat that was stored a process may count on that, in milliseconds of its own clock. */
export const awaitedMs = liveSeconds * 1000 - 500;

/** Where only this process listens. */
export function ownChannel(id: string): string {
  return `gatehouse_${id}`;
}

export function notify(channel: string, text: string): Statement {
  return ['SELECT pg_notify($1, $2)', [channel, text]];
}

/** The processes that serve requests from this database. Times are the server's. */
export class Replicas {
  /** `table` is that of the processes, as it is written in SQL. */
  constructor(
    private readonly table: string,
    private readonly run: Run,
  ) {}

  /** A statement that says: this process is alive. */
  beat(id: string, name: string): Statement {
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

  /** A statement that says: this process need not be waited for any more. */
  leave(id: string): Statement {
    return [`DELETE FROM ${this.table} WHERE id = $1`, [id]];
  }

  /** Those that did not say that they leave. */
  async forgetOld(): Promise<void> {
    await this.run(`DELETE FROM ${this.table} WHERE seen_at < clock_timestamp() - interval '1 hour'`);
  }
}
