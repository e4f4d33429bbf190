import { AuditSink } from '../../src/audit/audit-sink.js';
import type { AuditEventView } from '../../src/audit/audit-event.js';

/** Remembers what it was sent; rejects what `rejects` says. */
export class RecordingSink extends AuditSink {
  readonly batches: AuditEventView[][] = [];
  /** Those of rejected batches included. */
  calls = 0;
  atOnce = 0;
  mostAtOnce = 0;
  rejects: (events: readonly AuditEventView[]) => boolean = () => false;
  /** What it fails with then. */
  fault: Error = new Error('not today');
  /** How long a call takes. */
  wait: () => Promise<unknown> = async () => undefined;

  get ids(): string[] {
    return this.batches.flat().map(({ id }) => id);
  }

  override async send(events: readonly AuditEventView[]): Promise<void> {
    this.calls += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, (this.atOnce += 1));
    try {
      await this.wait();
      if (this.rejects(events)) throw this.fault;
      this.batches.push([...events]);
    } finally {
      this.atOnce -= 1;
    }
  }
}
