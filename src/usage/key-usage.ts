import { type AuditActor, subjectOf, subjectOfPrincipal } from '../audit/audit-event.js';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ReadOptions } from '../database/database.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { KeyRef } from '../key-store/api-key.state.js';
import type { Outcome } from '../key-store/outcome.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import type { Scope } from '../principal/scopes.js';
import type { CountOfKey, UsageHours } from './key-count.store.js';
import { KeyCounts } from './key-counts.js';
import type { MinuteCount, UsageMinutes } from './minute-totals.js';
import { KeyTouches } from './key-touches.js';
import { RejectionRecorder } from './sampled-events.js';
import type { ScopesUsed } from './scope-use.store.js';
import { ScopeUses } from './scope-uses.js';
import type { UsageQuestion } from './usage-sums.js';
import type { UsageTotals } from './usage-totals.js';

/**
 * Records how keys are used: last use, scopes needed, counts by outcome, and sampled rejections. It collects in memory and writes in
 * batches. It never fails a request; what cannot be written is kept and tried again.
 */
@Injectable()
export class KeyUsage implements OnApplicationShutdown {
  constructor(
    private readonly touches: KeyTouches,
    private readonly counts: KeyCounts,
    private readonly scopes: ScopeUses,
    private readonly rejections: RejectionRecorder,
  ) {}

  /** A request with the key was allowed. `origin` is called only when the use is kept. */
  touch(user: AuthenticatedUser, key: KeyRef, origin: () => RequestOrigin): void {
    this.counts.add(key, 'VALID');
    this.touches.touch(user, key, origin);
  }

  /** A request that needs these scopes was admitted. */
  needed(user: AuthenticatedUser, scopes: readonly Scope[]): void {
    this.scopes.note(user, scopes);
  }

  /** A request with a known key was rejected. `by` is the caller; by default the bearer of the key. */
  rejected(
    key: KeyRef,
    outcome: Outcome,
    origin: RequestOrigin,
    by: AuditActor['user'] = bearerOf(key),
  ): void {
    this.counts.add(key, outcome);
    this.rejections.note({ subject: subjectOf(key.type, key), reason: outcome, actor: { user: by, origin } });
  }

  /** A request of a user without a key was rejected. */
  rejectedWithoutKey(user: AuthenticatedUser, outcome: Outcome, origin: RequestOrigin): void {
    this.rejections.note({ subject: subjectOfPrincipal(user), reason: outcome, actor: { user, origin } });
  }

  /** Requests with these keys by outcome, up to now. The `hour` of each count is the first one of its bucket. */
  countsOf(keyIds: readonly string[], hours: UsageHours, requester?: ReadOptions): Promise<CountOfKey[]> {
    return this.counts.find(keyIds, hours, requester);
  }

  /**
   * Requests with all keys of an owner, or of all owners, up to now; by bucket for all groups together and for those in
   * `followed`. Throws `WINDOW_TOO_LARGE`.
   */
  total(question: UsageQuestion, followed: Iterable<string>, requester?: ReadOptions): Promise<UsageTotals> {
    return this.counts.total(question, followed, requester);
  }

  /** Requests with all keys of an owner or, if it is `null`, of all owners, by minute and outcome; kept for three hours. */
  minutes(ownerId: string | null, minutes: UsageMinutes, requester?: ReadOptions): Promise<MinuteCount[]> {
    return this.counts.minutes(ownerId, minutes, requester);
  }

  /** The scopes that a key, or the key that it replaced, has needed in the last 90 days, up to now. */
  scopesUsedBy(
    { id, replacesId }: Pick<ApiKey, 'id' | 'replacesId'>,
    requester?: ReadOptions,
  ): Promise<ScopesUsed> {
    return this.scopes.find(replacesId === null ? [id] : [id, replacesId], requester);
  }

  /** Writes everything pending now, as far as possible. Never rejects. */
  async flush(): Promise<void> {
    await this.touches.flush();
    await this.scopes.flush();
    await this.rejections.flush();
    await this.counts.flush();
  }

  onApplicationShutdown(): Promise<void> {
    return this.flush();
  }
}

/** All that is known of the caller is the key. */
function bearerOf({ type, id }: KeyRef): AuditActor['user'] {
  return { source: { type }, actorChain: [{ type, id }] };
}
