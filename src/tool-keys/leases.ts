import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { KnownKeys } from '../key-store/known-keys.js';
import { rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { Issuers } from './issuers.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { endOfLease } from './tool-key-plan.js';

/** When a key ends that has just beaten. */
export interface Beat {
  /** `null` for a key without a lease, to which a beat does nothing. */
  readonly leaseUntil: Date | null;
  readonly expiresAt: Date;
}

/** The leases of tool keys. */
@Injectable()
export class Leases {
  constructor(
    private readonly database: Database,
    private readonly issuers: Issuers,
    private readonly quotas: ToolKeyQuotas,
    private readonly knownKeys: KnownKeys,
    private readonly clock: Clock,
  ) {}

  /** Renews the lease of the tool key that asks. `INVALID_TOOL_KEY` once it has ended: a late beat does not revive it.
   * `RATE_LIMITED` when it beats far more often than its lease asks for. */
  async beat(user: AuthenticatedUser): Promise<Beat> {
    if (user.source.type !== 'tool_key')
      throw new AuthError('FORBIDDEN', { message: 'Only a tool key has a lease.' });
    const { keyId } = user.source;
    await this.quotas.chargeHeartbeat(keyId);
    await this.issuers.requireLive(user);
    const beat = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, keyId);
        const key = await manager.findOneBy(ToolKey, { id: keyId });
        const now = this.clock.now();
        if (key === null || key.endedAt !== null || now >= key.endsAt.getTime())
          throw new AuthError('INVALID_TOOL_KEY', { cause: 'it beat after its end' });
        const { expiresAt, heartbeatSeconds } = key;
        this.quotas.noteInterval(keyId, heartbeatSeconds);
        if (heartbeatSeconds === null) return { leaseUntil: null, expiresAt };
        const leaseUntil = new Date(endOfLease(heartbeatSeconds, expiresAt.getTime(), now));
        await manager.update(ToolKey, { id: keyId }, { endsAt: leaseUntil });
        return { leaseUntil, expiresAt };
      },
      { owner: user.ownerId, rows: [rowOfToolKey(keyId)] },
    );
    this.knownKeys.forgetToolKeys(keyId);
    return beat;
  }
}
