import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { lockKeyOfUser, requireActiveKey, rowsOfKey } from '../key-store/api-key-rules.js';
import { ApiKeyStore } from '../key-store/api-key.store.js';
import { KeyCache } from '../key-store/key-cache.js';
import { eventOfToolKey } from '../key-store/key-events.js';
import { rowOfToolKey } from '../key-store/tool-key.entity.js';
import { ToolKeyStore } from '../key-store/tool-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { recordKeyEvents } from './key-changes.js';
import { KeyQuota } from './key-quota.js';

/** The reason of a key that its holder has ended with the key itself, in its row and its event. */
const reason = 'self';

/** Ends the key that a request carries, whatever kind of key it is. */
@Injectable()
export class OwnKeyService {
  constructor(
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly keyCache: KeyCache,
    private readonly quota: KeyQuota,
    private readonly clock: Clock,
  ) {}

  /**
   * Ends the calling key permanently, with everything below it. Resolves with its display prefix. Throws `FORBIDDEN` for a
   * caller without a key, and the 401 of a key that has ended meanwhile.
   */
  revoke(user: AuthenticatedUser, origin: RequestOrigin): Promise<string> {
    const { source } = user;
    if (source.type === 'api_key') return this.revokeApiKey(user, source.keyId, origin);
    if (source.type === 'tool_key') return this.revokeToolKey(user, source.keyId, origin);
    throw new AuthError('FORBIDDEN', { message: 'Only a key can end itself.' });
  }

  private async revokeApiKey(user: AuthenticatedUser, id: string, origin: RequestOrigin): Promise<string> {
    const { ownerId, userId } = user;
    const rows = rowsOfKey({ id, userId });
    const revoked = await this.apiKeys.change(
      async (keys) => {
        await lockKeyOfUser(keys, { id, userId });
        const now = this.clock.now();
        const key = await requireActiveKey(keys, user, now);
        if (key === null) throw new AuthError('INVALID_API_KEY');
        await keys.update(id, { revokedAt: new Date(now), revokeReason: reason });
        await recordKeyEvents(keys, { user, origin }, key, ['revoked'], { reason });
        return key;
      },
      { owner: ownerId, rows },
    );
    this.quota.noteEnded(revoked.ownerId);
    this.keyCache.invalidateApiKey(revoked);
    return revoked.prefix;
  }

  private async revokeToolKey(user: AuthenticatedUser, id: string, origin: RequestOrigin): Promise<string> {
    const { prefix } = await this.database.write(
      async (manager) => {
        const key = await this.toolKeys.end(manager, id);
        if (key === null) throw new AuthError('INVALID_TOOL_KEY');
        await this.audit.record(manager, { user, origin }, eventOfToolKey('revoked', key, { reason }));
        return key;
      },
      { owner: user.ownerId, rows: [rowOfToolKey(id)] },
    );
    this.keyCache.invalidateToolKeys(id);
    return prefix;
  }
}
