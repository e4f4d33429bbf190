import { Injectable } from '@nestjs/common';
import type { AuditEventType } from '../audit/audit-event.entity.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { ToolKey } from '../key-store/tool-key.entity.js';

/** How something ended, as far as the audit trail tells. */
export interface Ending {
  readonly time: Date;
  readonly by: { readonly type: string; readonly chain: readonly unknown[] };
  readonly details: object | null;
}

/** Who ended what, and when, for the explanation of a key. */
@Injectable()
export class KeyEndings {
  constructor(private readonly audit: AuditTrail) {}

  /** The last event of this type about a key or a task; `null` when there is none, or none any more. */
  async last(type: AuditEventType, subjectId: string, owner: string): Promise<Ending | null> {
    const [event] = (await this.audit.find({ subjectId, type }, { limit: 1 }, { owner })).events;
    if (event === undefined) return null;
    return {
      time: event.time,
      by: { type: event.actorType, chain: event.actorChain },
      details: event.details,
    };
  }

  /** Those of the tool keys above a key that were ended, the uppermost first. */
  async ofAncestors(ids: readonly string[], above: readonly (ToolKey | undefined)[], owner: string) {
    const ended = ids
      .map((id, index) => ({ id, key: above[index] }))
      .filter(({ key }) => key?.endedAt !== null);
    return Promise.all(
      ended.map(async ({ id, key }) => ({
        id,
        endedAt: key?.endedAt ?? null,
        reason: key === undefined ? 'gone' : key.endReason,
        ending: key === undefined ? null : await this.last('revoked', id, owner),
      })),
    );
  }
}
