import { Injectable } from '@nestjs/common';
import { ApiKeyVerifier } from '../../auth/verifiers/api-key.verifier.js';
import { refusalOf } from '../../auth/verifiers/refusal.js';
import type { VerifiedCredential } from '../../auth/verifiers/verified-credential.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { ApiKeyStore } from '../../key-store/api-key.store.js';
import type { Outcome } from '../../key-store/outcome.js';
import { KeyLimits, type LimitState } from '../../limits/key-limits.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import type { RequestOrigin } from '../../principal/request-origin.js';
import { scopesOfRole } from '../../principal/roles.js';
import { missingScopes, type Scope } from '../../principal/scopes.js';
import { KeyUsage } from '../../usage/key-usage.js';
import type { VerifyKeyRequest } from './verify.schemas.js';

/** What was found out about a key for somebody who has it before them. */
export interface KeyVerdict {
  readonly code: Outcome;
  readonly key: ApiKey | null;
  readonly missing: readonly Scope[];
  readonly limit: LimitState | null;
}

interface Finding {
  readonly code: Outcome;
  readonly keyId?: string;
  readonly verified?: VerifiedCredential;
}

/** Verifies keys for services that are not built with Nest. A key of another owner is `NOT_FOUND`, except for an admin. */
@Injectable()
export class KeyVerdictsService {
  constructor(
    private readonly verifier: ApiKeyVerifier,
    private readonly store: ApiKeyStore,
    private readonly limits: KeyLimits,
    private readonly usage: KeyUsage,
  ) {}

  async judge(user: AuthenticatedUser, asked: VerifyKeyRequest, origin: RequestOrigin): Promise<KeyVerdict> {
    const theirs = { ...origin, ip: asked.ip ?? null };
    const { code, keyId, verified } = await this.examine(asked.key, theirs);
    const key = keyId === undefined ? null : await this.store.find(keyId);
    if (key === null || !reaches(user, key)) return verdict(keyId === undefined ? code : 'NOT_FOUND', null);
    if (verified === undefined) return this.refuse(asked, verdict(code, key));
    const missing = missingScopes(verified.user.scopes, asked.scopes);
    if (missing.length > 0) return this.refuse(asked, { ...verdict('INSUFFICIENT_SCOPE', key), missing });
    return this.consume(asked, verified, key, theirs);
  }

  private async examine(key: string, origin: RequestOrigin): Promise<Finding> {
    try {
      const verified = await this.verifier.verify(key, origin);
      const { source } = verified.user;
      return { code: 'VALID', keyId: source.type === 'jwt' ? undefined : source.keyId, verified };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { code: refusal.outcome, keyId: refusal.keyId };
    }
  }

  /** The limit comes last, so that a key that is refused for another reason costs nothing. */
  private async consume(
    { consume }: VerifyKeyRequest,
    { user }: VerifiedCredential,
    key: ApiKey,
    origin: RequestOrigin,
  ): Promise<KeyVerdict> {
    const { id, rateLimit } = key;
    const limit =
      rateLimit === null
        ? null
        : await (consume ? this.limits.consume(id, rateLimit) : this.limits.peek(id, rateLimit));
    if (limit?.exceeded === true) return this.refuse({ consume }, { ...verdict('RATE_LIMITED', key), limit });
    if (consume) this.usage.touch(user, () => origin);
    return { ...verdict('VALID', key), limit };
  }

  private refuse({ consume }: Pick<VerifyKeyRequest, 'consume'>, refused: KeyVerdict): KeyVerdict {
    if (consume && refused.key !== null) this.usage.refused(refused.key.id, refused.code);
    return refused;
  }
}

function verdict(code: Outcome, key: ApiKey | null): KeyVerdict {
  return { code, key, missing: [], limit: null };
}

function reaches({ ownerId, scopes }: AuthenticatedUser, key: ApiKey): boolean {
  return key.ownerId === ownerId || missingScopes(scopes, scopesOfRole.admin).length === 0;
}
