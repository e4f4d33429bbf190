import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { ToolKey } from '../key-store/tool-key.entity.js';
import type { Touch } from './key-touches.js';
import { subjectOf } from './subject-of.js';

/** Writes that keys were used, each with its `used` event. */
@Injectable()
export class TouchWriter {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyStore,
    private readonly audit: AuditTrail,
  ) {}

  /** Writes touches of API keys: all of them or, when it rejects, none. */
  async writeOfApiKeys(touches: readonly Touch[]): Promise<void> {
    await this.apiKeys.change(async (keys) => {
      for (const touch of touches) {
        const { ip, userAgent } = touch.origin;
        await keys.touch(touch.keyId, { at: new Date(touch.at), ip, userAgent });
        await keys.record(touch, eventOf(touch));
      }
    });
  }

  /** The same for tool keys. */
  async writeOfToolKeys(touches: readonly Touch[]): Promise<void> {
    await this.database.write(async (manager) => {
      for (const touch of touches) {
        await manager
          .createQueryBuilder()
          .update(ToolKey)
          .set({ lastUsedAt: new Date(touch.at) })
          .where('id = :id AND (last_used_at IS NULL OR last_used_at <= :at)', {
            id: touch.keyId,
            at: touch.at,
          })
          .execute();
        await this.audit.record(manager, touch, eventOf(touch));
      }
    });
  }
}

function eventOf({ user, at }: Touch) {
  return { type: 'used', time: new Date(at), ...subjectOf(user) } as const;
}
