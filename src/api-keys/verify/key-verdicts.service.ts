import { Injectable } from '@nestjs/common';
import { DecisionCounts } from '../../auth/decision-counts.js';
import { KeyAllowance } from '../../auth/key-allowance.js';
import { OwnerChoice, readWanted } from '../../auth/owners/owner-choice.js';
import { ApiKeyVerifier, ToolKeyVerifier } from '../../auth/verifiers/key.verifier.js';
import { refusalOf, type VerifiedKey } from '../../auth/verifiers/verified-credential.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import { ApiKeyStore } from '../../key-store/api-key.store.js';
import { isToolKey } from '../../key-store/key-format.js';
import type { KeyRef } from '../../key-store/api-key.state.js';
import type { Outcome } from '../../key-store/outcome.js';
import type { ToolKey } from '../../key-store/tool-key.entity.js';
import { ToolKeyStore } from '../../key-store/tool-key.store.js';
import type { LimitState } from '../../limits/key-limits.js';
import { normalizeAddress } from '../../principal/networks.js';
import { AuthError } from '../../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import { isAdmin, type Scope, scopesLackedBy } from '../../principal/scopes.js';
import { KeyUsage } from '../../usage/key-usage.js';
import type { VerifyKeyRequest } from './verify.schemas.js';

/** The key that was asked about, of whichever kind it is; both `null` for one that is not there, or not theirs to see. */
interface Subject {
  readonly apiKey: ApiKey | null;
  readonly toolKey: ToolKey | null;
}

/** What was found out about a key for somebody who has it before them. */
export interface KeyVerdict extends Subject {
  readonly code: Outcome;
  /** For whom it acts, if it is valid. */
  readonly ownerId: string | null;
  readonly missing: readonly Scope[];
  readonly limit: LimitState | null;
}

interface Finding {
  readonly code: Outcome;
  readonly ref?: KeyRef;
  readonly ownerId?: string;
  readonly verified?: VerifiedKey;
}

interface Question {
  readonly user: AuthenticatedUser;
  readonly consume: boolean;
  /** Whom the key came from. */
  readonly origin: RequestOrigin;
}

const unseen: Subject = { apiKey: null, toolKey: null };

/** Verifies keys for services that are not built with Nest. A key of another owner is `NOT_FOUND`, except for an admin. */
@Injectable()
export class KeyVerdictsService {
  readonly counts = new DecisionCounts();

  constructor(
    private readonly apiKeyVerifier: ApiKeyVerifier,
    private readonly toolKeyVerifier: ToolKeyVerifier,
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly allowance: KeyAllowance,
    private readonly usage: KeyUsage,
    private readonly owners: OwnerChoice,
  ) {}

  async judge(user: AuthenticatedUser, asked: VerifyKeyRequest, origin: RequestOrigin): Promise<KeyVerdict> {
    const found = await this.judgeFor(user, asked, origin);
    this.counts.add(isToolKey(asked.key) ? 'tool_key' : 'api_key', found.code);
    return found;
  }

  private async judgeFor(
    user: AuthenticatedUser,
    asked: VerifyKeyRequest,
    origin: RequestOrigin,
  ): Promise<KeyVerdict> {
    const question = { user, consume: asked.consume, origin: { ...origin, ip: normalizeAddress(asked.ip) } };
    const { code, ref, ownerId, verified } = await this.examine(user, asked, question.origin);
    if (ref === undefined) return verdict(code, unseen);
    if (!reaches(user, ownerId ?? ref.ownerId)) return verdict('NOT_FOUND', unseen);
    const subject = await this.find(user, ref);
    if (verified === undefined) return this.refuse(question, ref, verdict(code, subject));
    const missing = scopesLackedBy(verified.user, asked.scopes);
    if (missing.length > 0)
      return this.refuse(question, ref, { ...verdict('INSUFFICIENT_SCOPE', subject), missing });
    return this.use(question, verified, subject);
  }

  private async examine(
    user: AuthenticatedUser,
    { key, ownerId }: VerifyKeyRequest,
    origin: RequestOrigin,
  ): Promise<Finding> {
    const asker = { owner: user.ownerId };
    try {
      const verifier = isToolKey(key) ? this.toolKeyVerifier : this.apiKeyVerifier;
      const found = await verifier.verify(key, origin, asker);
      const { terms } = found;
      const settled = await this.owners.judge(found, readWanted(ownerId));
      if (settled instanceof AuthError) throw settled;
      // It may have ended meanwhile.
      if (this.owners.asksAbout(found)) await verifier.verify(key, origin, asker);
      return {
        code: 'VALID',
        ref: terms.key,
        ownerId: settled.user.ownerId,
        verified: { ...settled, terms },
      };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return { code: refusal.outcome, ref: refusal.key };
    }
  }

  private async find({ ownerId: owner }: AuthenticatedUser, { type, id }: KeyRef): Promise<Subject> {
    if (type === 'api_key') return { apiKey: await this.apiKeys.find(id, { owner }), toolKey: null };
    const [found] = await this.toolKeys.findByIds([id], { owner });
    return { apiKey: null, toolKey: found?.key ?? null };
  }

  private async use(question: Question, { user, terms }: VerifiedKey, subject: Subject): Promise<KeyVerdict> {
    const { consume, origin } = question;
    const { limit, lacks } = await (consume ? this.allowance.use(terms, true) : this.allowance.look(terms));
    if (lacks !== null) return this.refuse(question, terms.key, { ...verdict(lacks, subject), limit });
    if (consume) this.usage.touch(user, terms.key, () => origin);
    return { ...verdict('VALID', subject), ownerId: user.ownerId, limit };
  }

  private refuse({ user, consume, origin }: Question, ref: KeyRef, refused: KeyVerdict): KeyVerdict {
    if (consume) this.usage.refused(ref, refused.code, origin, user);
    return refused;
  }
}

function verdict(code: Outcome, subject: Subject): KeyVerdict {
  return { ...subject, code, ownerId: null, missing: [], limit: null };
}

function reaches(user: AuthenticatedUser, ownerId: string): boolean {
  return ownerId === user.ownerId || isAdmin(user);
}
