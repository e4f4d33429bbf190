import { isPostgres } from '../database/data-source-of.js';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In, type SelectQueryBuilder } from 'typeorm';
import { Database } from '../database/database.js';
import { tableIn } from '../database/tables/entities.js';
import { Clock } from '../support/clock.js';
import { AuditEvent } from './audit-event.entity.js';
import { AuditOutboxEntry } from './audit-outbox.js';

/** Events that this process alone sends now. */
export interface OutboxClaim {
  readonly ids: readonly string[];
  /** In the order of their ids. Events deleted from the trail are missing. */
  readonly events: readonly AuditEvent[];
  /** How often the first of them was claimed, this time included. */
  readonly attempts: number;
  /** True for a single event whose batches have failed too often. */
  readonly isApart: boolean;
  readonly until: Date;
}

/** How long to wait before more is sent, and, of the claimed events alone, before those are; in milliseconds. */
export interface OutboxPause {
  readonly allMs: number;
  readonly claimedMs: number;
  /** It was not about the events: they are not sent alone for it. */
  readonly isUncounted?: boolean;
}

export interface Backlog {
  readonly events: number;
  /** When the oldest event was written, in epoch milliseconds; `null` when there is none. */
  readonly oldestAt: number | null;
}

const batchSize = 50;
/** A batch that failed that often is sent again one by one. */
export const attemptsTogether = 5;
/** Three times as long as an event may take to be sent: clocks of replicas may differ by the rest. */
const claimMs = 30_000;
/** The longest pauses. What lies further ahead was written before the clock was set back, and does not count. */
export const longestPause = { allMs: 60_000, claimedMs: 3_600_000 };

/** The outbox, as those see it who send: of all processes one at a time. */
@Injectable()
export class OutboxQueue {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * The oldest events that are due, or with `passesByApart` the oldest that are not to be sent alone, if there are any;
   * `undefined` when there are none, another process sends, or all wait after a failure.
   */
  async claim(passesByApart = false): Promise<OutboxClaim | undefined> {
    const isWorthIt = await this.database.read(
      async (manager) => !(await this.isClaimed(manager)) && (await this.due(manager).getExists()),
    );
    return isWorthIt ? this.database.write((manager) => this.claimIn(manager, passesByApart)) : undefined;
  }

  /** The sink accepted them, or they are gone from the trail. */
  async remove(eventIds: readonly string[]): Promise<void> {
    await this.database.write((manager) => manager.delete(AuditOutboxEntry, { eventId: In([...eventIds]) }));
  }

  /** They were not accepted. Events that another process has claimed by now stay claimed. */
  async putBack(
    { ids, until }: Pick<OutboxClaim, 'ids' | 'until'>,
    { allMs, claimedMs, isUncounted = false }: OutboxPause,
  ): Promise<void> {
    const after = (pause: number) => (pause === 0 ? null : new Date(this.clock.now() + pause));
    const ours = { eventId: In([...ids]), claimedUntil: until };
    await this.database.write(async (manager) => {
      if (isUncounted) await manager.decrement(AuditOutboxEntry, ours, 'attempts', 1);
      const held = { claimedUntil: after(allMs), heldUntil: after(claimedMs) };
      await manager.update(AuditOutboxEntry, ours, held);
    });
  }

  /** Each was rejected alone: from now on they are sent alone, and not before `heldMs` have passed. */
  async setAside({ ids, until, attempts }: Pick<OutboxClaim, 'ids' | 'until' | 'attempts'>, heldMs: number) {
    const aside = { attempts: Math.max(attempts, attemptsTogether), claimedUntil: null };
    const heldUntil = new Date(this.clock.now() + heldMs);
    await this.database.write((manager) =>
      manager.update(
        AuditOutboxEntry,
        { eventId: In([...ids]), claimedUntil: until },
        { ...aside, heldUntil },
      ),
    );
  }

  async backlog(): Promise<Backlog> {
    return this.database.read(async (manager) => {
      const events = await manager.count(AuditOutboxEntry);
      const [oldest] = await manager.find(AuditOutboxEntry, { order: { eventId: 'ASC' }, take: 1 });
      return { events, oldestAt: oldest === undefined ? null : timeOfId(oldest.eventId) };
    });
  }

  private async claimIn(manager: EntityManager, passesByApart: boolean): Promise<OutboxClaim | undefined> {
    if (!(await isAlone(manager)) || (await this.isClaimed(manager))) return undefined;
    const due = this.due(manager).orderBy('entry.eventId').limit(batchSize);
    const together = due.clone().andWhere('entry.attempts < :attemptsTogether', { attemptsTogether });
    const others = passesByApart ? await together.getMany() : [];
    const entries = others.length > 0 ? others : await due.getMany();
    const [first] = entries;
    if (first === undefined) return undefined;
    const isApart = first.attempts >= attemptsTogether;
    const end = entries.findIndex(({ attempts }) => attempts >= attemptsTogether);
    const ids = entries.slice(0, isApart ? 1 : end < 0 ? undefined : end).map(({ eventId }) => eventId);
    const until = new Date(this.clock.now() + claimMs);
    await manager.increment(AuditOutboxEntry, { eventId: In(ids) }, 'attempts', 1);
    await manager.update(AuditOutboxEntry, { eventId: In(ids) }, { claimedUntil: until });
    const events = await manager.find(AuditEvent, { where: { id: In(ids) }, order: { id: 'ASC' } });
    return { ids, events, attempts: first.attempts + 1, isApart, until };
  }

  private isClaimed(manager: EntityManager): Promise<boolean> {
    const now = this.clock.now();
    return manager
      .createQueryBuilder(AuditOutboxEntry, 'entry')
      .where('entry.claimedUntil > :now AND entry.claimedUntil <= :last', {
        now,
        last: now + longestPause.allMs,
      })
      .getExists();
  }

  private due(manager: EntityManager): SelectQueryBuilder<AuditOutboxEntry> {
    const now = this.clock.now();
    return manager
      .createQueryBuilder(AuditOutboxEntry, 'entry')
      .where('(entry.heldUntil IS NULL OR entry.heldUntil <= :now OR entry.heldUntil > :last)', {
        now,
        last: now + longestPause.claimedMs,
      });
  }
}

/** False while another process is claiming: it holds the lock until its claim is visible. */
async function isAlone(manager: EntityManager): Promise<boolean> {
  if (!isPostgres(manager)) return true;
  const [row]: { alone: boolean }[] = await manager.query(
    `SELECT pg_try_advisory_xact_lock(hashtext('gatehouse'), hashtext($1)) AS alone`,
    [tableIn(manager, AuditOutboxEntry)],
  );
  return row?.alone === true;
}

/** The moment at which a UUIDv7 was made, in epoch milliseconds (RFC 9562 §5.7). */
function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
