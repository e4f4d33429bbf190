import { Injectable } from '@nestjs/common';
import type { AuditActor, AuditedSubject, AuditRecord } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { Clock } from '../support/clock.js';
import { Counter } from '../support/instrumentation.js';
import { Throttle } from '../support/throttle.js';
import { PendingList, WriteBehind } from './write-behind.js';

export interface Rejection {
  readonly subject: AuditedSubject;
  /** A code. */
  readonly reason: string;
  /** Rejections of one subject and reason are sampled separately for each kind. */
  readonly kind?: string;
  readonly actor: AuditActor;
  readonly details?: object;
}

const maxPending = 10_000;

/**
 * Samples rejections into the audit trail: at most one a minute of each subject, reason and kind, with the number of those
 * not written since the last one. So a flood cannot fill the disk.
 */
@Injectable()
export class RejectionRecorder {
  /** Rejections that were or will be written, are included in the number of the next one written, or were dropped. */
  readonly counts = new Counter<'sampled' | 'counted' | 'dropped'>();
  private readonly pending = new PendingList<AuditRecord>(maxPending);
  private readonly throttle: Throttle;
  private readonly buffer: WriteBehind<AuditRecord>;

  constructor(
    database: Database,
    audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.throttle = new Throttle(clock, maxPending);
    this.buffer = new WriteBehind({
      what: 'rejections',
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

  note({ subject, reason, kind = '', actor, details }: Rejection): void {
    if (this.pending.isFull) return this.counts.add('dropped');
    const before = this.pending.size;
    this.throttle.pass(`${subject.subjectId} ${reason} ${kind}`, (unwritten) => {
      const time = new Date(this.clock.now());
      const entry = {
        type: 'refused',
        time,
        ...subject,
        details: { reason, unwritten, ...details },
      } as const;
      this.pending.add({ actor, entry });
      this.buffer.schedule();
    });
    this.counts.add(this.pending.size > before ? 'sampled' : 'counted');
  }

  /** Writes all pending samples now, as far as possible. Never rejects. */
  flush(): Promise<void> {
    return this.buffer.flush();
  }
}
