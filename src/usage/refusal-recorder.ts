import { Injectable, Logger } from '@nestjs/common';
import { Mutex } from 'async-mutex';
import { type AuditActor, type AuditedSubject, type AuditRecord, AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { causeOf } from '../support/cause-of.js';
import { Clock } from '../support/clock.js';
import { Tally } from '../support/tally.js';
import { Throttle } from '../support/throttle.js';
import { Alarm } from './alarm.js';
import { writeInBatches } from './write-in-batches.js';

/** Something that was asked for and not granted. */
export interface Refused {
  readonly subject: AuditedSubject;
  /** Why, in a word: a code. */
  readonly reason: string;
  /** Of one subject and reason, each kind is sampled by itself. */
  readonly kind?: string;
  readonly actor: AuditActor;
  readonly details?: object;
}

const writeAfter = 1_000;
const retryAfter = 60_000;
const batchSize = 100;
const mostKept = 10_000;

/**
 * Samples refusals into the audit trail: of one subject and reason at most one a minute, with the number of those that
 * came in between, so that a flood cannot fill the disk.
 */
@Injectable()
export class RefusalRecorder {
  private readonly logger = new Logger('KeyUsage');
  private readonly alarm = new Alarm(() => void this.flush());
  private readonly writing = new Mutex();
  /** What became of refusals: written (or to be), told of by number in the next one written, or given up. */
  readonly counts = new Tally<'sampled' | 'counted' | 'dropped'>();
  private readonly throttle: Throttle;
  private pending: AuditRecord[] = [];

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.throttle = new Throttle(clock, mostKept);
  }

  /** Samples that are still to be written. */
  get waiting(): number {
    return this.pending.length;
  }

  note({ subject, reason, kind = '', actor, details }: Refused): void {
    if (this.pending.length >= mostKept) return this.counts.add('dropped');
    const before = this.pending.length;
    this.throttle.pass(`${subject.subjectId} ${reason} ${kind}`, (unwritten) => {
      const time = new Date(this.clock.now());
      const entry = {
        type: 'refused',
        time,
        ...subject,
        details: { reason, unwritten, ...details },
      } as const;
      this.pending.push({ actor, entry });
      this.alarm.set(writeAfter);
    });
    this.counts.add(this.pending.length > before ? 'sampled' : 'counted');
  }

  /** Writes now what can be written. Never rejects. */
  async flush(): Promise<void> {
    await this.writing.runExclusive(async () => {
      this.alarm.clear();
      const records = this.pending;
      this.pending = [];
      const { items, error } = await writeInBatches(records, batchSize, (batch) =>
        this.database.write((manager) => this.audit.recordEach(manager, batch)),
      );
      if (items.length === 0) return;
      this.pending = [...items, ...this.pending].slice(0, mostKept);
      this.alarm.set(retryAfter);
      this.logger.warn(`${items.length} refusals were not written and are kept: ${causeOf(error)}`);
    });
  }
}
