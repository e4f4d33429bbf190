import { isToolKey } from '../key-store/key-format.js';
import { normalizeAddress } from '../principal/networks.js';
import type { AuthError } from '../principal/auth-error.js';
import { Injectable } from '@nestjs/common';
import { ApiKeyVerifier } from '../auth/verifiers/api-key.verifier.js';
import type { ExaminedKey } from '../auth/verifiers/key.verifier.js';
import { ToolKeyVerifier } from '../auth/verifiers/tool-key.verifier.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import { KeyEnvironment } from '../key-store/key-mint.js';
import { apiKeyOutcome, type ApiKeyState, stateOfApiKey } from '../key-store/api-key.state.js';
import { ancestorIds, ancestryChecks, type ToolKeyWithAncestors } from '../key-store/tool-key-ancestry.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { Clock } from '../support/clock.js';
import type { AskedKey } from './asked-keys.js';
import { type CheckName, dateOf, type ExplainedCheck, judged } from './explained-check.js';
import type { AuditEventType } from '../audit/audit-event.entity.js';
import { AuditTrail } from '../audit/audit-trail.js';
import type { ToolKey } from '../key-store/tool-key.entity.js';

/** What is found out about a key itself, whatever it is used for. */
export interface KeyFindings {
  readonly checks: readonly ExplainedCheck[];
  readonly examined: ExaminedKey;
}

type Saw = Readonly<Record<string, unknown>>;
type Made = { readonly check: string; readonly fails: boolean };

/** Who ended what, and when, for the explanation of a key. */
@Injectable()
export class KeyEndings {
  constructor(private readonly audit: AuditTrail) {}

  /** The last event of this type about a key or a task; `null` if there is none, or it was deleted. */
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

/** Makes all checks of a key as its verifier does, and returns the facts behind each. */
@Injectable()
export class KeyFinder {
  constructor(
    private readonly apiKeyVerifier: ApiKeyVerifier,
    private readonly toolKeyVerifier: ToolKeyVerifier,
    private readonly toolKeys: ToolKeyStore,
    private readonly environment: KeyEnvironment,
    private readonly endings: KeyEndings,
    private readonly clock: Clock,
  ) {}

  /** The 401 for a text that is no key. */
  malformed(key: string): AuthError | undefined {
    return (isToolKey(key) ? this.toolKeyVerifier : this.apiKeyVerifier).malformed(key);
  }

  find(asked: AskedKey, ip: string | undefined): Promise<KeyFindings> {
    return asked.type === 'api_key' ? this.ofApiKey(asked.key, ip) : this.ofToolKey(asked, ip);
  }

  private async ofApiKey(key: ApiKey, ip: string | undefined): Promise<KeyFindings> {
    const state = stateOfApiKey(key);
    const examined = await this.apiKeyVerifier.examine(state, { ip });
    const saw: Record<string, Saw> = {
      revoked: {
        revokedAt: key.revokedAt,
        reason: key.revokeReason,
        replacedById: key.replacedById,
        ending: key.revokedAt === null ? null : await this.endings.last('revoked', key.id, key.ownerId),
      },
      enabled: {
        enabled: key.enabled,
        ending: key.enabled ? null : await this.endings.last('disabled', key.id, key.ownerId),
      },
      expiry: { expiresAt: key.expiresAt },
      ...this.context(examined, key.environment, ip, state.allowedIps),
    };
    return { examined, checks: explain(madeOf(examined), saw) };
  }

  private async ofToolKey({ key, state }: FoundToolKey, ip: string | undefined): Promise<KeyFindings> {
    const examined = await this.toolKeyVerifier.examine(state, { ip });
    const rows = await this.toolKeys.findAncestors(key, { owner: key.ownerId });
    const { issuerKey } = state;
    const saw: Record<string, Saw> = {
      revoked: {
        endedAt: key.endedAt,
        reason: key.endReason,
        ending: key.endedAt === null ? null : await this.endings.last('revoked', key.id, key.ownerId),
      },
      task: await this.sawOfTask(rows),
      parents: {
        above: ancestorIds(key),
        ended: await this.endings.ofAncestors(ancestorIds(key), rows.ancestors, key.ownerId),
        issuerKeyIsGone: key.issuerKeyId !== null && issuerKey === null,
      },
      expiry: { expiresAt: key.expiresAt },
      lease: {
        heartbeatSeconds: key.heartbeatSeconds,
        leaseUntil: key.heartbeatSeconds === null ? null : key.endsAt,
      },
      parent_leases: {
        above: rows.ancestors
          .filter((ancestor) => ancestor !== undefined)
          .map(({ id, endsAt, expiresAt }) => ({ id, endsAt, expiresAt })),
      },
      issuer_key: await this.sawOfIssuerKey(issuerKey),
      sign_out: { issuedAt: dateOf(state.personIssuedAt), tokensValidFrom: dateOf(state.tokensValidFrom) },
      ...this.context(examined, key.environment, ip, issuerKey?.allowedIps ?? null),
    };
    return { examined, checks: explain(unfold(examined, rows), saw) };
  }

  private async sawOfTask({ key, task }: ToolKeyWithAncestors): Promise<Saw> {
    const isOver = task?.generation !== key.generation;
    return {
      taskId: key.taskId,
      attempt: key.attempt,
      latestAttempt: task?.attempt ?? null,
      ending: isOver ? await this.endings.last('revoked', key.taskRef, key.ownerId) : null,
    };
  }

  private async sawOfIssuerKey(key: ApiKeyState | null): Promise<Saw> {
    if (key === null) return { id: null };
    const outcome = apiKeyOutcome(key, this.clock.now());
    const event = outcome === 'DISABLED' ? 'disabled' : 'revoked';
    const ending = outcome === 'VALID' ? null : await this.endings.last(event, key.id, key.ownerId);
    return { id: key.id, outcome, ending };
  }

  private context(
    { account, verified }: ExaminedKey,
    environment: string | null,
    ip: string | undefined,
    allowedIps: readonly string[] | null,
  ): Record<string, Saw> {
    const { ownerId, userId } = verified.terms.key;
    return {
      owner: { ownerId, userId, active: account.active, isMember: account.isForeign !== true },
      environment: { environment, onlyGood: this.environment.only },
      ip: { ip: normalizeAddress(ip), allowedIps },
    };
  }
}

function madeOf({ checks }: ExaminedKey): Made[] {
  return checks.map(({ check, against }) => ({ check, fails: against !== null }));
}

/** `ended` stands for all checks of the ancestors, and for an API key at the origin that is gone. */
function unfold(examined: ExaminedKey, rows: ToolKeyWithAncestors): Made[] {
  return madeOf(examined).flatMap((made) => {
    if (made.check !== 'ended') return [made];
    const line = ancestryChecks.map(({ check, against }) => ({
      check,
      fails: made.fails && against(rows, 0) !== null,
    }));
    const isOrphan = made.fails && line.every(({ fails }) => !fails);
    return line.map((one) => (one.check === 'parents' && isOrphan ? { ...one, fails: true } : one));
  });
}

function explain(made: readonly Made[], saw: Readonly<Record<string, Saw>>): ExplainedCheck[] {
  return made.map(({ check, fails }) => judged(check as CheckName, fails, saw[check] ?? {}));
}

/** How something ended, according to the audit trail. */
export interface Ending {
  readonly time: Date;
  readonly by: { readonly type: string; readonly chain: readonly unknown[] };
  readonly details: object | null;
}
