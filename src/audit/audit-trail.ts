import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Optional } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database, type ReadOptions } from '../database/database.js';
import { insertAll } from '../database/insert-all.js';
import { newId } from '../database/new-id.js';
import { AuthError } from '../principal/auth-error.js';
import { isBounded } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { Counter } from '../support/instrumentation.js';
import { AuditEvent, type AuditEventType } from './audit-event.entity.js';
import type { AuditActor, AuditEntry, AuditRecord } from './audit-event.js';
import { AuditOutbox } from './audit-outbox.js';
import { type AuditFilter, type AuditPageRequest, findEvents, unknownFieldOf } from './audit-search.js';

export interface AuditPage {
  readonly events: AuditEvent[];
  readonly hasMore: boolean;
}

const mostAtOnce = 1_000;

/** Records and finds audit events. */
@Injectable()
export class AuditTrail {
  /** @internal Events handed to the database, including those of transactions that failed later. */
  readonly counts = new Counter<AuditEventType>();

  /** @internal Nest creates it. */
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    @Optional() private readonly outbox?: AuditOutbox,
  ) {}

  /** Writes the event in the transaction of its change: no event, no change. */
  async record(manager: EntityManager, actor: AuditActor, entry: AuditEntry): Promise<void> {
    const event = this.rowOf(actor, entry);
    await manager.insert(AuditEvent, event);
    await this.outbox?.add(manager, [event.id]);
  }

  /** Writes many events of one actor in batches. */
  async recordAll(manager: EntityManager, actor: AuditActor, entries: Iterable<AuditEntry>): Promise<void> {
    await this.recordEach(manager, recordsOf(actor, entries));
  }

  /** @internal Writes many events of different actors in batches. */
  async recordEach(manager: EntityManager, records: Iterable<AuditRecord>): Promise<void> {
    const ids: string[] = [];
    await insertAll(manager, AuditEvent, this.rowsOf(records, ids));
    await this.outbox?.add(manager, ids);
  }

  /** Events that match, the newest first; 1 to 1,000 of them. */
  async find(
    filter: AuditFilter,
    { limit, after }: AuditPageRequest,
    requester?: ReadOptions,
  ): Promise<AuditPage> {
    if (!Number.isInteger(limit) || limit < 1 || limit > mostAtOnce)
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: 'limit', message: `must be a whole number from 1 to ${mostAtOnce}` }],
      });
    const unknown = unknownFieldOf(filter);
    if (unknown !== undefined)
      throw new AuthError('VALIDATION_FAILED', {
        details: [{ path: unknown, message: 'This filter does not exist.' }],
      });
    const page = { limit, after };
    const events = await this.database.read((manager) => findEvents(manager, filter, page), requester);
    return { events: events.slice(0, limit), hasMore: events.length > limit };
  }

  /** All events that match, in batches. Each batch is read when the caller takes it, so memory use is constant. */
  async *stream(filter: AuditFilter, after?: string, requester?: ReadOptions): AsyncGenerator<AuditEvent[]> {
    let page: AuditPage;
    do {
      page = await this.find(filter, { limit: 500, after }, requester);
      if (page.events.length > 0) yield page.events;
      after = page.events.at(-1)?.id;
      // SQLite answers synchronously: without this, a fast reader would block all other requests.
      await nextTurn();
    } while (page.hasMore);
  }

  private *rowsOf(records: Iterable<AuditRecord>, ids: string[]): Generator<AuditEvent> {
    for (const { actor, entry } of records) {
      const event = this.rowOf(actor, entry);
      ids.push(event.id);
      yield event;
    }
  }

  private rowOf({ user, origin }: AuditActor, entry: AuditEntry): AuditEvent {
    this.counts.add(entry.type);
    return {
      id: newId(),
      time: entry.time ?? new Date(this.clock.now()),
      type: entry.type,
      subjectType: entry.subjectType,
      subjectId: entry.subjectId,
      ownerId: entry.ownerId,
      userId: entry.userId,
      actorType: user?.source.type ?? 'system',
      actorChain: user?.actorChain ?? [],
      ip: origin?.ip ?? null,
      userAgent: origin?.userAgent ?? null,
      requestId: origin?.requestId ?? null,
      traceparent: origin?.traceparent ?? null,
      details:
        user === null || !isBounded(user.source)
          ? (entry.details ?? null)
          : { ...entry.details, bounded: user.source.type === 'jwt' ? byToken : byKey },
    };
  }
}

function* recordsOf(actor: AuditActor, entries: Iterable<AuditEntry>): Generator<AuditRecord> {
  for (const entry of entries) yield { actor, entry };
}

/** What limited the actor of an event, which was no more than a client with a consent. */
const byToken = "by the token's scope";
const byKey = "by the key's scopes";
