import { Injectable } from '@nestjs/common';
import { ApiKeyVerifier } from '../../auth/verifiers/api-key.verifier.js';
import { refusalOf } from '../../auth/verifiers/refusal.js';
import type { VerifiedCredential } from '../../auth/verifiers/verified-credential.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { ApiKeyStore } from '../../key-store/api-key.store.js';
import type { KeyRef } from '../../key-store/key-ref.js';
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
  readonly ref?: KeyRef;
  readonly verified?: VerifiedCredential;
}

interface Question {
  readonly user: AuthenticatedUser;
  readonly consume: boolean;
  /** Whom the key came from. */
  readonly origin: RequestOrigin;
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
    const question = { user, consume: asked.consume, origin: { ...origin, ip: asked.ip ?? null } };
    const { code, ref, verified } = await this.examine(asked.key, question.origin);
    const key = ref === undefined ? null : await this.store.find(ref.id);
    if (ref === undefined || key === null || !reaches(user, key))
      return verdict(ref === undefined ? code : 'NOT_FOUND', null);
    if (verified === undefined) return this.refuse(question, ref, verdict(code, key));
    const missing = missingScopes(verified.user.scopes, asked.scopes);
    if (missing.length > 0)
      return this.refuse(question, ref, { ...verdict('INSUFFICIENT_SCOPE', key), missing });
    return this.consume(question, ref, verified, key);
  }

  private async examine(key: string, origin: RequestOrigin): Promise<Finding> {
    try {
      const verified = await this.verifier.verify(key, origin);
      return { code: 'VALID', ref: verified.terms?.key, verified };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { code: refusal.outcome, ref: refusal.key };
    }
  }

  /** The limit comes last, so that a key that is refused for another reason costs nothing. */
  private async consume(
    question: Question,
    ref: KeyRef,
    { user, terms }: VerifiedCredential,
    key: ApiKey,
  ): Promise<KeyVerdict> {
    const { consume, origin } = question;
    const limited = terms?.limit ?? null;
    const limit =
      limited === null
        ? null
        : await (consume
            ? this.limits.consume(limited.keyId, limited)
            : this.limits.peek(limited.keyId, limited));
    if (limit?.exceeded === true)
      return this.refuse(question, ref, { ...verdict('RATE_LIMITED', key), limit });
    if (consume) this.usage.touch(user, () => origin);
    return { ...verdict('VALID', key), limit };
  }

  private refuse({ user, consume, origin }: Question, ref: KeyRef, refused: KeyVerdict): KeyVerdict {
    if (consume) this.usage.refused(ref, refused.code, origin, user);
    return refused;
  }
}

function verdict(code: Outcome, key: ApiKey | null): KeyVerdict {
  return { code, key, missing: [], limit: null };
}

function reaches({ ownerId, scopes }: AuthenticatedUser, key: ApiKey): boolean {
  return key.ownerId === ownerId || missingScopes(scopes, scopesOfRole.admin).length === 0;
}
