import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 } from 'uuid';
import { Database } from '../database/database.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../principal/clock.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { AuditEvent, type AuditEventType, type AuditSubject } from './audit-event.entity.js';

/** Who did it and from where; both `null` for what the system did by itself. */
export interface AuditActor {
  readonly user: Pick<AuthenticatedUser, 'source' | 'actorChain'> | null;
  readonly origin: RequestOrigin | null;
}

export interface AuditEntry {
  readonly type: AuditEventType;
  readonly subjectType: AuditSubject;
  readonly subjectId: string;
  readonly ownerId: string;
  readonly userId: string | null;
  /** When it happened; now unless given. */
  readonly time?: Date;
  /** Facts worth knowing later. Never a key or a token. */
  readonly details?: object;
}

export interface AuditPage {
  readonly events: AuditEvent[];
  /** Hand it back for the page after this one; `null` at the end. */
  readonly nextCursor: string | null;
}

/** The record of who did what. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Writes the event in the transaction of the change it tells of: no event, no change. */
  async record(manager: EntityManager, { user, origin }: AuditActor, entry: AuditEntry): Promise<void> {
    await manager.insert(AuditEvent, {
      ...entry,
      id: v7(),
      time: entry.time ?? new Date(this.clock.now()),
      actorType: user?.source.type ?? 'system',
      actorChain: user?.actorChain ?? [],
      ip: origin?.ip ?? null,
      userAgent: origin?.userAgent ?? null,
      requestId: origin?.requestId ?? null,
      details: entry.details ?? null,
    });
  }

  /** The events of a user and of its keys, the newest first. */
  async findOfUser(
    userId: string,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<AuditPage> {
    const events = await this.database.read((manager) => {
      const query = manager
        .createQueryBuilder(AuditEvent, 'event')
        .where('event.userId = :userId', { userId });
      if (cursor !== undefined) query.andWhere('event.id < :cursor', { cursor });
      return query
        .orderBy('event.id', 'DESC')
        .take(limit + 1)
        .getMany();
    });
    const page = events.slice(0, limit);
    return { events: page, nextCursor: events.length > limit ? (page.at(-1)?.id ?? null) : null };
  }
}
