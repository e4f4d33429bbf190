import { Injectable } from '@nestjs/common';
import { Attempt } from '../../auth/decision/attempt.js';
import { DecisionCounts } from '../../auth/decision/decision-counts.js';
import { runSteps, StepServices } from '../../auth/decision/run-steps.js';
import { keyUse, keyValidity } from '../../auth/decision/steps.js';
import { noRules } from '../../auth/route-rules.js';
import { keyRejectionOf } from '../../auth/verifiers/verified-credential.js';
import type { ReadOptions } from '../../database/database.js';
import type { ApiKey } from '../../key-store/api-key.entity.js';
import type { KeyRef } from '../../key-store/api-key.state.js';
import { ApiKeyStore } from '../../key-store/api-key.store.js';
import type { Outcome } from '../../key-store/outcome.js';
import type { ToolKey } from '../../key-store/tool-key.entity.js';
import { ToolKeyStore } from '../../key-store/tool-key.store.js';
import { isToolKey } from '../../key-store/key-format.js';
import type { LimitState } from '../../limits/key-limits.js';
import { normalizeAddress } from '../../principal/networks.js';
import type { AuthenticatedUser, RequestOrigin } from '../../principal/authenticated-user.js';
import { isAdmin, type Scope, scopesLackedBy, scopesOfRole } from '../../principal/scopes.js';
import { Clock } from '../../support/clock.js';
import type { VerifyKeyRequest } from './verify.schemas.js';

/** The key as it is stored; both are `null` for a key that does not exist, or that the caller must not see. */
interface StoredKey {
  readonly apiKey: ApiKey | null;
  readonly toolKey: ToolKey | null;
}

/** The answer to a service that was sent a key. */
export interface KeyVerdict extends StoredKey {
  readonly code: Outcome;
  /** The owner that a valid key acts for. */
  readonly ownerId: string | null;
  readonly missing: readonly Scope[];
  readonly limit: LimitState | null;
}

/** How old a stored key may be that is shown with a verdict, in milliseconds. What decides is never that old. */
const shownForMs = 5_000;

const hidden: StoredKey = { apiKey: null, toolKey: null };

/** Verifies keys for services that are not built with Nest. A key of another owner is `NOT_FOUND`, except for an admin. */
@Injectable()
export class KeyVerdictsService {
  readonly counts = new DecisionCounts();
  /** By what the cache of keys holds: a change that it hears of drops the stored key, too. */
  private readonly shown = new WeakMap<KeyRef, { readonly stored: StoredKey; readonly readAt: number }>();

  constructor(
    private readonly services: StepServices,
    private readonly apiKeys: ApiKeyStore,
    private readonly toolKeys: ToolKeyStore,
    private readonly clock: Clock,
  ) {}

  async verify(user: AuthenticatedUser, asked: VerifyKeyRequest, origin: RequestOrigin): Promise<KeyVerdict> {
    const verdict = await this.decide(user, asked, this.attemptOf(user, asked, origin));
    this.counts.add(kindOf(asked.key), verdict.code);
    return verdict;
  }

  private async decide(
    user: AuthenticatedUser,
    asked: VerifyKeyRequest,
    attempt: Attempt,
  ): Promise<KeyVerdict> {
    const invalid = await runSteps(keyValidity, attempt, this.services);
    const rejection = keyRejectionOf(invalid);
    if (invalid !== undefined && rejection === undefined) throw invalid;
    const key = rejection === undefined ? attempt.terms?.key : rejection.key;
    const code = rejection?.outcome ?? 'NOT_FOUND';
    if (key === undefined) return verdictOf(code, hidden);
    const ownerId = (invalid === undefined ? attempt.user?.ownerId : undefined) ?? key.ownerId;
    const isForeign = ownerId !== user.ownerId;
    if (isForeign && !isAdmin(user)) return verdictOf('NOT_FOUND', hidden);
    if (isForeign) this.services.usage.needed(user, scopesOfRole.admin);
    const stored = await this.storedOf(user, key);
    if (invalid === undefined) return this.use(user, asked, attempt, stored);
    return this.reject(user, attempt, key, verdictOf(code, stored));
  }

  private async use(
    user: AuthenticatedUser,
    asked: VerifyKeyRequest,
    attempt: Attempt,
    stored: StoredKey,
  ): Promise<KeyVerdict> {
    const rejection = await runSteps(keyUse, attempt, this.services);
    const { outcome, terms, user: bearer } = attempt;
    if (bearer === undefined || terms === undefined || (rejection !== undefined && outcome === undefined))
      throw rejection;
    const limit = attempt.allowance?.limit ?? null;
    if (rejection === undefined || outcome === undefined)
      return verdictOf('VALID', stored, { ownerId: bearer.ownerId, limit });
    const missing = outcome === 'INSUFFICIENT_SCOPE' ? scopesLackedBy(bearer, asked.scopes) : [];
    return this.reject(user, attempt, terms.key, verdictOf(outcome, stored, { missing, limit }));
  }

  private reject(
    user: AuthenticatedUser,
    { commits, origin }: Attempt,
    key: KeyRef,
    rejected: KeyVerdict,
  ): KeyVerdict {
    if (commits) this.services.usage.rejected(key, rejected.code, origin, user);
    return rejected;
  }

  private attemptOf(user: AuthenticatedUser, asked: VerifyKeyRequest, origin: RequestOrigin): Attempt {
    const { key, ip, ownerId, consume, scopes } = asked;
    const headers = ownerId === undefined ? {} : { [this.services.owners.header]: ownerId };
    const attempt = new Attempt(
      { headers },
      {
        credentials: [{ kind: kindOf(key), value: key }],
        origin: { ...origin, ip: normalizeAddress(ip) },
        requester: { owner: user.ownerId },
        commits: consume,
      },
    );
    attempt.rules = { ...noRules, scopes };
    return attempt;
  }

  private async storedOf({ ownerId: owner }: AuthenticatedUser, key: KeyRef): Promise<StoredKey> {
    const now = this.clock.ticks();
    const shown = this.shown.get(key);
    if (shown !== undefined && now < shown.readAt + shownForMs) return shown.stored;
    const stored = await this.find(key, { owner });
    this.shown.set(key, { stored, readAt: now });
    return stored;
  }

  private async find({ type, id }: KeyRef, options: ReadOptions): Promise<StoredKey> {
    if (type === 'api_key') return { apiKey: await this.apiKeys.find(id, options), toolKey: null };
    const [found] = await this.toolKeys.findByIds([id], options);
    return { apiKey: null, toolKey: found?.key ?? null };
  }
}

function kindOf(key: string): 'api_key' | 'tool_key' {
  return isToolKey(key) ? 'tool_key' : 'api_key';
}

function verdictOf(
  code: Outcome,
  { apiKey, toolKey }: StoredKey,
  { ownerId = null, missing = [], limit = null }: Partial<KeyVerdict> = {},
): KeyVerdict {
  return { apiKey, toolKey, code, ownerId, missing, limit };
}
