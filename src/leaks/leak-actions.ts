import { Inject, Injectable, Logger } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { lockKeyOfUser, rowsOfKey } from '../key-store/api-key-rules.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { eventOfApiKey, eventOfToolKey } from '../key-store/key-events.js';
import { rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { Clock } from '../support/clock.js';
import { boundedLru } from '../support/lru.js';
import {
  defaultLeakPolicy,
  kindOfApiKey,
  leakActions,
  type LeakAction,
  type LeakedKind,
  leaksOptions,
  type LeaksOptions,
} from './leak-options.js';
import { keptUrl, type LeakReport, type Reporter } from './leak-report.js';

/** What became of a report: an action, or why there was none. `repeated`: the leak was recorded within a day. */
export const leakOutcomes = [...leakActions, 'ignored', 'unknown', 'ended', 'repeated'] as const;
export type LeakOutcome = (typeof leakOutcomes)[number];

type Leak = LeakReport & Reporter;

const recordEveryMs = 24 * 60 * 60 * 1000;
const lane = 'reports';
const reason = 'leaked';
const done: Record<LeakAction, string> = { revoke: 'revoked', disable: 'disabled', notify: 'still valid' };

/**
 * Does what the policy says with a key that was found. A change and its events are one transaction, and afterwards no cache
 * has the old state. A leak that changes nothing is recorded once a day for each key.
 */
@Injectable()
export class LeakActions {
  private readonly policy: Readonly<Record<LeakedKind, LeakAction>>;
  /** Wall-clock times of the last events, by the id of the key. */
  private readonly recorded = boundedLru<string, number>(10_000);
  private readonly logger = new Logger('Leaks');

  constructor(
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly keyCache: KeyCache,
    private readonly clock: Clock,
    @Inject(leaksOptions) { policy }: LeaksOptions,
  ) {
    const set = Object.entries(policy ?? {}).filter(([, action]) => action !== undefined);
    this.policy = { ...defaultLeakPolicy, ...Object.fromEntries(set) };
  }

  async onApiKey(found: ApiKey, leak: Leak): Promise<LeakOutcome> {
    const { id, hash } = found;
    if (this.hasEnded(found)) return 'ended';
    if (this.changeOf(found) === undefined && (await this.wasRecorded(id))) return 'repeated';
    const rows = rowsOfKey(found);
    const key = await this.apiKeys.change(
      async (keys) => {
        await lockKeyOfUser(keys, found);
        const key = await keys.find(id);
        // A repeated creation may have given it another secret, which was not reported.
        if (key === null || key.hash !== hash || this.hasEnded(key)) return null;
        const actor = { user: null, origin: leak.origin };
        await keys.record(actor, eventOfApiKey('leaked', key, this.detailsOf(kindOfApiKey(key), leak)));
        const change = this.changeOf(key);
        if (change === undefined) return key;
        await keys.update(id, change);
        await keys.record(
          actor,
          eventOfApiKey(change.enabled === false ? 'disabled' : 'revoked', key, { reason }),
        );
        return key;
      },
      { lane, rows },
    );
    if (key === null) return 'ended';
    this.keyCache.invalidateApiKey(key);
    return this.report('API key', kindOfApiKey(key), key, leak);
  }

  async onToolKey({ id, endedAt, expiresAt }: ToolKey, leak: Leak): Promise<LeakOutcome> {
    const isNotice = this.policy.tool === 'notify';
    if (endedAt !== null || expiresAt.getTime() <= this.clock.now()) return 'ended';
    if (isNotice && (await this.wasRecorded(id))) return 'repeated';
    const key = await this.database.write(
      async (manager) => {
        const key = await (isNotice ? manager.findOneBy(ToolKey, { id }) : this.toolKeys.end(manager, id));
        if (key === null) return null;
        await this.audit.recordAll(manager, { user: null, origin: leak.origin }, [
          eventOfToolKey('leaked', key, this.detailsOf('tool', leak)),
          ...(isNotice ? [] : [eventOfToolKey('revoked', key, { reason })]),
        ]);
        return key;
      },
      { lane, rows: [rowOfToolKey(id)] },
    );
    if (key === null) return 'ended';
    this.keyCache.invalidateToolKeys(id);
    return this.report('tool key', 'tool', key, leak);
  }

  /** What the policy changes about a key; `undefined` for nothing. */
  private changeOf(key: ApiKey): Partial<ApiKey> | undefined {
    switch (this.policy[kindOfApiKey(key)]) {
      case 'revoke':
        return { revokedAt: new Date(this.clock.now()), revokeReason: reason };
      case 'disable':
        return key.enabled ? { enabled: false } : undefined;
      case 'notify':
        return undefined;
    }
  }

  private hasEnded({ revokedAt, expiresAt }: ApiKey): boolean {
    return revokedAt !== null || (expiresAt !== null && expiresAt.getTime() <= this.clock.now());
  }

  /** The alarm is for receivers of events: the finder may have all rights. */
  private detailsOf(kind: LeakedKind, leak: Leak): object {
    const { source, place } = leak;
    return {
      action: this.policy[kind],
      url: keptUrl(leak),
      source,
      ...(place === undefined ? {} : { place }),
      ...(kind === 'admin' ? { alarm: true } : {}),
    };
  }

  private async wasRecorded(id: string): Promise<boolean> {
    const from = this.clock.now() - recordEveryMs;
    if ((this.recorded.get(id) ?? -Infinity) > from) return true;
    const { events } = await this.audit.find({ subjectId: id, type: 'leaked', from }, { limit: 1 }, { lane });
    const [last] = events;
    if (last !== undefined) this.recorded.set(id, last.time.getTime());
    return last !== undefined;
  }

  private report(
    what: string,
    kind: LeakedKind,
    { id, ownerId }: { readonly id: string; readonly ownerId: string },
    leak: Leak,
  ): LeakAction {
    const action = this.policy[kind];
    this.recorded.set(id, this.clock.now());
    const place = keptUrl(leak) ?? 'a place that is not known';
    const message = `The ${what} ${id} of owner ${ownerId} was reported as leaked, found at ${place}: it is ${done[action]}.`;
    if (kind === 'admin') this.logger.error(`${message} It has all rights of an admin.`);
    else this.logger.warn(message);
    return action;
  }
}
