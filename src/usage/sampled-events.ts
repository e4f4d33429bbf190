import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AuditEventType } from '../audit/audit-event.entity.js';
import type { AuditActor, AuditedSubject, AuditRecord } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { Clock } from '../support/clock.js';
import { Counter } from '../support/instrumentation.js';
import { Throttle } from '../support/throttle.js';
import { PendingList, WriteBehind } from './write-behind.js';

/** Something that happens often, of which the audit trail gets samples. */
export interface Sample {
  readonly subject: AuditedSubject;
  /** What happened to the subject: events with the same text are sampled together. */
  readonly what: string;
  /** The rest of the event, for one that is written. */
  readonly read: () => { readonly actor: AuditActor; readonly details: object };
}

const maxPending = 10_000;

/**
 * Samples events into the audit trail: at most one a minute of each subject and what happened to it, with the number of those
 * not written since the last one. So a flood cannot fill the disk.
 */
export abstract class SampledEvents implements OnApplicationShutdown {
  /** Events that were or will be written, are included in the number of the next one written, or were dropped. */
  readonly counts = new Counter<'sampled' | 'counted' | 'dropped'>();
  private readonly pending = new PendingList<AuditRecord>(maxPending);
  private readonly throttle: Throttle;
  private readonly buffer: WriteBehind<AuditRecord>;

  /** `name` is what the events are, in the plural, for the log. */
  constructor(
    private readonly type: AuditEventType,
    name: string,
    database: Database,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.throttle = new Throttle(clock, maxPending);
    this.buffer = new WriteBehind({
      what: name,
      pending: this.pending,
      write: (batch) => database.write((manager) => audit.recordEach(manager, batch)),
      batchSize: 100,
      delayMs: 1_000,
      retryMs: 60_000,
    });
  }

  /** Number of samples that are not written yet. */
  get waiting(): number {
    return this.pending.size;
  }

  sample({ subject, what, read }: Sample): void {
    if (this.pending.isFull) return this.counts.add('dropped');
    const before = this.pending.size;
    this.throttle.pass(`${subject.subjectId} ${what}`, (unwritten) => {
      const time = new Date(this.clock.now());
      const { actor, details } = read();
      const entry = { type: this.type, time, ...subject, details: { ...details, unwritten } };
      this.pending.add({ actor, entry });
      this.buffer.schedule();
    });
    this.counts.add(this.pending.size > before ? 'sampled' : 'counted');
  }

  /** Writes all pending samples now, as far as possible. Never rejects. */
  flush(): Promise<void> {
    return this.buffer.flush();
  }

  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}

export interface Rejection {
  readonly subject: AuditedSubject;
  /** A code. */
  readonly reason: string;
  /** Rejections of one subject and reason are sampled separately for each kind. */
  readonly kind?: string;
  readonly actor: AuditActor;
  readonly details?: object;
}

/** Samples rejections. */
@Injectable()
export class RejectionRecorder extends SampledEvents {
  constructor(database: Database, audit: AuditTrail, clock: Clock) {
    super('refused', 'rejections', database, audit, clock);
  }

  note({ subject, reason, kind = '', actor, details }: Rejection): void {
    const read = () => ({ actor, details: { reason, ...details } });
    this.sample({ subject, what: `${reason} ${kind}`, read });
  }
}
