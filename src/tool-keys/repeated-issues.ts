import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { type Idempotency, IdempotentRequest, requireSame } from '../key-store/idempotent-request.js';
import { KeyCache } from '../key-store/key-cache.js';
import type { MintedKey } from '../key-store/key-mint.js';
import { rowOfToolKey, ToolKey } from '../key-store/tool-key.entity.js';
import { toolKeyOutcome } from '../key-store/tool-key.state.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import { requireGrant, unbounded } from '../principal/grants.js';
import { Clock } from '../support/clock.js';
import { KeyUsage } from '../usage/key-usage.js';
import { type Issuer, IssuerLookup } from './issuer-lookup.js';
import { eventOfToolKey } from '../key-store/key-events.js';

/** A tool key that an earlier request issued; `secret` is its new secret while it is unused. */
export interface RepeatedToolKey extends FoundToolKey {
  readonly secret: string | undefined;
}

/** Lets requests that issue tool keys be repeated by their `Idempotency-Key`. */
@Injectable()
export class RepeatedIssues {
  constructor(
    private readonly database: Database,
    private readonly store: ToolKeyStore,
    private readonly issuers: IssuerLookup,
    private readonly usage: KeyUsage,
    private readonly keyCache: KeyCache,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** The request that this one repeats. */
  async find(idempotency: Idempotency | undefined): Promise<IdempotentRequest | undefined> {
    if (idempotency === undefined) return undefined;
    const { id, ownerId: owner } = idempotency;
    const found = await this.database.read((manager) => manager.findOneBy(IdempotentRequest, { id }), {
      owner,
    });
    return requireSame(idempotency, found, this.clock.now());
  }

  /** The key, if the caller may issue one like it still; with a new secret unless it was used or has ended. */
  async repeat(
    { user }: Issuer,
    { keyId }: IdempotentRequest,
    { key: secret, hash, prefix }: MintedKey,
    origin: RequestOrigin | null,
  ): Promise<RepeatedToolKey> {
    await this.usage.flush();
    const issuer = await this.issuers.findActive(user);
    const [found] = await this.store.findByIds([keyId], { owner: user.ownerId });
    if (found === undefined || found.key.ownerId !== user.ownerId) throw new AuthError('NOT_FOUND');
    const { key } = found;
    requireMayHaveIssued(issuer, key);
    if (toolKeyOutcome(found.state, this.clock.now()) !== 'VALID') return { ...found, secret: undefined };
    const isRenewed = await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, keyId);
        const unused = { lastUsedAt: IsNull(), endedAt: IsNull(), callsUsed: 0, callsGiven: 0 };
        const { affected } = await manager.update(ToolKey, { id: keyId, ...unused }, { hash, prefix });
        if (affected !== 1) return false;
        const details = { changed: ['key'], previousPrefix: key.prefix };
        const event = eventOfToolKey('updated', { ...key, prefix }, details);
        await this.audit.record(manager, { user, origin }, event);
        return true;
      },
      { owner: user.ownerId, rows: [rowOfToolKey(keyId)] },
    );
    this.keyCache.invalidateToolKeys(keyId);
    const [current = found] = await this.store.findByIds([keyId], { owner: user.ownerId });
    return { ...current, secret: isRenewed ? secret : undefined };
  }
}

function requireMayHaveIssued({ user, expiresAt }: Issuer, key: ToolKey): void {
  const bounds = { ...unbounded, environment: key.environment };
  requireGrant(
    {
      ...bounds,
      environment: user.environment,
      ownerId: user.ownerId,
      source: user.source,
      scopes: user.scopes,
      expiresAt,
    },
    { ...bounds, ownerId: key.ownerId, role: null, scopes: key.scopes, expiresAt: key.expiresAt.getTime() },
  );
}
