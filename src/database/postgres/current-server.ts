import pg, { type Client } from 'pg';
import { codeOf, ConnectionError } from '../database-errors.js';
import type { Clock } from '../../support/clock.js';
import { Signal } from '../../support/instrumentation.js';

/**
 * SQLSTATEs of a server that is no longer the primary, or about to end: a read-only transaction, recovery in progress (also as
 * `SET TRANSACTION READ WRITE` or as a conflict with it, which READ COMMITTED has no other cause for), and shutdowns.
 */
const failover: ReadonlySet<string> = new Set([
  '25006',
  '0A000',
  '40001',
  '55000',
  '57P01',
  '57P02',
  '57P03',
  '57P04',
  '57P05',
]);

/** At most one replacement of all connections in this time: a database that stays read-only also answers with these errors. */
const pauseMs = 1_000;

/** A promoted standby keeps the system identifier of its primary, and begins a WAL timeline. */
const identify = `SELECT pg_is_in_recovery() AS "isStandby", CASE WHEN NOT pg_is_in_recovery() THEN concat_ws('/',
  (SELECT system_identifier FROM pg_control_system()),
  (SELECT oid FROM pg_database WHERE datname = current_database()),
  left(pg_walfile_name(pg_current_wal_lsn()), 8)) END AS identity`;

/** Of a server that could say which it is, but not now: it lost the connection, lacks resources, or was interrupted. */
const temporary = /^(?:08|40|53|57|58)/;

/** Where the server does not reveal its WAL. All servers then count as the same. */
const identifyLess = `SELECT pg_is_in_recovery() AS "isStandby", '' AS identity`;

/** What `firstCurrent` is told of a connection that had to be closed. */
export const replaced = Symbol('replaced');
const mostReplaced = 100;

/** Calls `attempt`, each time with another connection of the pool, until it uses one to the current server. */
export async function firstCurrent<T>(attempt: () => Promise<T | typeof replaced>): Promise<T> {
  for (let count = 0; count < mostReplaced; count += 1) {
    const result = await attempt();
    if (result !== replaced) return result;
  }
  throw new ConnectionError(new Error('The connections lead to different servers'));
}

/** Which database, on which WAL timeline, a connection reads. Rejects if it is a standby, whose data may be old. */
export async function identityOf(client: Pick<Client, 'query'>): Promise<string> {
  const ask = async (sql: string) =>
    (await client.query<{ isStandby: boolean; identity: string }>(sql)).rows[0];
  const found = await ask(identify).catch((error: unknown) => {
    if (error instanceof pg.DatabaseError && !temporary.test(error.code ?? '')) return ask(identifyLess);
    throw error;
  });
  if (found?.isStandby === true) throw new ConnectionError(new Error('The server is a standby'));
  return found?.identity ?? '';
}

/**
 * Decides which connections of a pool may be used: those to the server that the newest one has reached, and of these none that
 * is older than the last sign of a failover.
 */
export class CurrentServer {
  /** What the pool reads; `undefined` before the first connection. */
  identity: string | undefined;
  /** Emits when the pool has moved to another server. */
  readonly moves = new Signal<void>();

  private readonly connections = new WeakMap<
    object,
    { readonly identity: string; readonly number: number }
  >();
  private newest = 0;
  private identifiedBy = 0;
  private retiredUpTo = 0;
  private reportedAt = -Infinity;
  private movedAt = -Infinity;

  constructor(private readonly clock: Clock) {}

  /** False if the connection must be closed. A new one is asked which server it has reached; rejects if that is a standby. */
  async admits(client: Client): Promise<boolean> {
    const known = this.connections.get(client);
    if (known !== undefined) return known.number > this.retiredUpTo && known.identity === this.identity;
    const number = (this.newest += 1);
    const identity = await identityOf(client);
    this.connections.set(client, { identity, number });
    if (number > this.identifiedBy) this.setIdentity(identity, number);
    return identity === this.identity;
  }

  /** True unless the pool has moved to another server since `client` was taken from it. */
  isCurrent(client: Client): boolean {
    const known = this.connections.get(client);
    return known === undefined || known.identity === this.identity;
  }

  /** Whether `identity` is the same database on the same timeline, as far as both are known. */
  isSame(identity: string | undefined): boolean {
    return !identity || !this.identity || identity === this.identity;
  }

  movedWithin(milliseconds: number): boolean {
    return this.clock.ticks() < this.movedAt + milliseconds;
  }

  /** Replaces all connections, at most once a second, if `error` is a sign of a failover. */
  report(error: unknown): void {
    const now = this.clock.ticks();
    if (!failover.has(codeOf(error) ?? '') || now < this.reportedAt + pauseMs) return;
    this.reportedAt = now;
    this.retire();
  }

  /** Replaces all connections that exist now, each before its next use. */
  retire(): void {
    this.retiredUpTo = this.newest;
  }

  private setIdentity(identity: string, number: number): void {
    const moved = this.identity !== undefined && this.identity !== identity;
    this.identity = identity;
    this.identifiedBy = number;
    if (!moved) return;
    this.movedAt = this.clock.ticks();
    this.moves.emit();
  }
}
