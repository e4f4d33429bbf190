import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AuditActor } from '../audit/audit-trail.js';
import type { Asker } from '../database/fair-queue.js';
import type { KeyRef } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import type { RequestOrigin } from '../principal/request-origin.js';
import { CountJournal } from './count-journal.js';
import type { KeyCount, UsageHours } from './key-count.store.js';
import { RefusalRecorder } from './refusal-recorder.js';
import { subjectOf, subjectOfKey } from './subject-of.js';
import { TouchJournal } from './touch-journal.js';

/**
 * Notes how keys are used: when and from where, and how often with which outcome. It is collected in memory and written
 * in batches, for each key at most once a minute. It never fails a request; what cannot be written is kept.
 */
@Injectable()
export class KeyUsage implements OnApplicationShutdown {
  constructor(
    private readonly touches: TouchJournal,
    private readonly counts: CountJournal,
    private readonly refusals: RefusalRecorder,
  ) {}

  /** A request with the key was admitted. `origin` is asked only when the use is noted. */
  touch(user: AuthenticatedUser, key: KeyRef, origin: () => RequestOrigin): void {
    this.counts.count(key.id, 'VALID');
    this.touches.touch(user, key, origin);
  }

  /** A request with a key that is known was refused. `by` is who asked; the bearer of the key unless given. */
  refused(
    key: KeyRef,
    outcome: Outcome,
    origin: RequestOrigin,
    by: AuditActor['user'] = bearerOf(key),
  ): void {
    this.counts.count(key.id, outcome);
    this.refusals.note({ subject: subjectOfKey(key), reason: outcome, actor: { user: by, origin } });
  }

  /** A request of somebody who came without a key was refused. */
  refusedWithoutKey(user: AuthenticatedUser, outcome: Outcome, origin: RequestOrigin): void {
    this.refusals.note({ subject: subjectOf(user), reason: outcome, actor: { user, origin } });
  }

  /** How often a key met with which outcome, up to now. The `hour` of each count is the first one of its bucket. */
  countsOf(keyId: string, hours: UsageHours, asker?: Asker): Promise<KeyCount[]> {
    return this.counts.countsOf(keyId, hours, asker);
  }

  /** Writes now what can be written. Never rejects. */
  async flush(): Promise<void> {
    await this.touches.flush();
    await this.refusals.flush();
    await this.counts.flush();
  }

  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}

/** Whoever it was had the key, and that is all that is known. */
function bearerOf({ type, id }: KeyRef): AuditActor['user'] {
  return { source: { type }, actorChain: [{ type, id }] };
}
