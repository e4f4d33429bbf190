import { Injectable, Logger } from '@nestjs/common';
import { Mutex } from 'async-mutex';
import { type AuditActor, type AuditedSubject, AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { causeOf } from '../principal/cause-of.js';
import { Clock } from '../principal/clock.js';
import { Throttle } from '../principal/throttle.js';
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

interface Sample extends Refused {
  readonly time: Date;
  /** How often it was refused for the same reason, unwritten, since the sample before. */
  readonly unwritten: number;
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
export class RefusalJournal {
  private readonly logger = new Logger('KeyUsage');
  private readonly alarm = new Alarm(() => void this.flush());
  private readonly writing = new Mutex();
  private readonly throttle: Throttle;
  private pending: Sample[] = [];

  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {
    this.throttle = new Throttle(clock, mostKept);
  }

  note(refused: Refused): void {
    if (this.pending.length >= mostKept) return;
    const { kind = '', ...sampled } = refused;
    this.throttle.pass(`${refused.subject.subjectId} ${refused.reason} ${kind}`, (unwritten) => {
      this.pending.push({ ...sampled, time: new Date(this.clock.now()), unwritten });
      this.alarm.set(writeAfter);
    });
  }

  /** Writes now what can be written. Never rejects. */
  async flush(): Promise<void> {
    await this.writing.runExclusive(async () => {
      this.alarm.clear();
      const samples = this.pending;
      this.pending = [];
      const { items, error } = await writeInBatches(samples, batchSize, (batch) => this.write(batch));
      if (items.length === 0) return;
      this.pending = [...items, ...this.pending].slice(0, mostKept);
      this.alarm.set(retryAfter);
      this.logger.warn(`${items.length} refusals were not written and are kept: ${causeOf(error)}`);
    });
  }

  private write(samples: readonly Sample[]): Promise<void> {
    return this.database.write(async (manager) => {
      for (const { subject, reason, actor, details, time, unwritten } of samples) {
        const entry = {
          type: 'refused',
          time,
          ...subject,
          details: { reason, unwritten, ...details },
        } as const;
        await this.audit.record(manager, actor, entry);
      }
    });
  }
}
