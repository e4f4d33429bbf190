import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { pageInput, requireId, validInput } from '../http/validation.js';
import { platformOwnerId } from '../identity/owner.entity.js';
import { Database } from '../database/database.js';
import type { Idempotency } from '../key-store/idempotent-request.js';
import { KeyCache } from '../key-store/key-cache.js';
import { rowOfTask, rowOfToolKey, Task, taskRefOf, ToolKey } from '../key-store/tool-key.entity.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { CallBudgets } from '../limits/call-budgets.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { IssuerLookup } from './issuer-lookup.js';
import { eventOfToolKey } from '../key-store/key-events.js';
import { eventOfTask } from './tool-key-events.js';
import type { RepeatedToolKey } from './repeated-issues.js';
import { firstAttempt, TaskStore } from './task.store.js';
import {
  keysOf,
  type ToolKeyListFilter,
  type ToolKeyPage,
  type ToolKeyPageRequest,
  type ToolKeyQuery,
  treeOf,
} from './tool-key-lists.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { type IssuedToolKey, ToolKeyIssuer } from './tool-key-issuer.js';
import { taskName, toolKeyFilter, type ToolKeyRequest } from './tool-key.schemas.js';

export interface EndTaskRequest {
  readonly taskId: string;
  /** Makes attempts begin at 1 again. */
  readonly restart?: boolean;
  readonly origin?: RequestOrigin | null;
}

export interface EndedTask {
  readonly taskId: string;
  readonly attempt: number;
  /** Number of keys that were active until then. */
  readonly ended: number;
}

/** Short-lived keys for one task each. Used by the routes, and by orchestrators in the same application. */
@Injectable()
export class ToolKeysService {
  /** @internal Nest creates it. */
  constructor(
    private readonly database: Database,
    private readonly store: ToolKeyStore,
    private readonly issuers: IssuerLookup,
    private readonly issuer: ToolKeyIssuer,
    private readonly tasks: TaskStore,
    private readonly quotas: ToolKeyQuotas,
    private readonly budgets: CallBudgets,
    private readonly keyCache: KeyCache,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Issues a key for a task of the issuer's owner, with no more scopes, time and calls than the issuer has. Throws
   * `VALIDATION_FAILED`, `FORBIDDEN`, `INSUFFICIENT_SCOPE`, `STALE_ATTEMPT` (a key of a higher attempt was issued),
   * `TOO_MANY_KEYS`, `BUDGET_EXCEEDED`, or the 401 of an issuer that has ended; each leaves an event.
   */
  issue(
    user: AuthenticatedUser,
    request: ToolKeyRequest,
    origin?: RequestOrigin | null,
  ): Promise<IssuedToolKey>;
  /** @internal A repeated request answers with the key that the first one issued. */
  issue(
    user: AuthenticatedUser,
    request: ToolKeyRequest,
    origin: RequestOrigin | null,
    idempotency: Idempotency | undefined,
  ): Promise<IssuedToolKey | RepeatedToolKey>;
  issue(
    user: AuthenticatedUser,
    request: ToolKeyRequest,
    origin: RequestOrigin | null = null,
    idempotency?: Idempotency,
  ): Promise<IssuedToolKey | RepeatedToolKey> {
    return this.issuer.issue(user, request, origin, idempotency);
  }

  /** Ends a tool key of the owner and everything below it permanently. Throws `NOT_FOUND` for a key of another owner. */
  async revoke(
    user: AuthenticatedUser,
    id: string,
    origin: RequestOrigin | null = null,
  ): Promise<FoundToolKey> {
    return this.revokeOf(user, { id, ownerId: user.ownerId, origin });
  }

  /** @internal For admins: a key of any owner. */
  async revokeOfAny(user: AuthenticatedUser, id: string, origin: RequestOrigin): Promise<FoundToolKey> {
    requireId(id);
    const [found] = await this.store.findByIds([id], { owner: platformOwnerId });
    if (found === undefined) throw new AuthError('NOT_FOUND');
    return this.revokeOf(user, { id, ownerId: found.key.ownerId, origin });
  }

  private async revokeOf(
    user: AuthenticatedUser,
    { id, ownerId, origin }: { id: string; ownerId: string; origin: RequestOrigin | null },
  ): Promise<FoundToolKey> {
    requireId(id);
    await this.issuers.findActive(user);
    await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, id);
        const key = await manager.findOneBy(ToolKey, { id, ownerId });
        if (key === null) throw new AuthError('NOT_FOUND');
        if (key.endedAt !== null) return;
        const endedAt = new Date(this.clock.now());
        await manager.update(ToolKey, { id }, { endedAt, endReason: 'revoked' });
        await this.audit.record(manager, { user, origin }, eventOfToolKey('revoked', key));
      },
      { owner: ownerId, rows: [rowOfToolKey(id)] },
    );
    this.quotas.noteEnded(ownerId);
    this.keyCache.invalidateToolKeys(id);
    return this.find({ ownerId }, id);
  }

  /**
   * Ends all keys of a task of the owner at once, regardless of the issuer. Throws `NOT_FOUND` for a task without keys. Lower
   * attempts are still rejected, unless `restart` makes attempts begin at 1 again, which undoes an attempt that was too high.
   */
  async endTask(user: AuthenticatedUser, request: EndTaskRequest): Promise<EndedTask> {
    return this.endTaskOf(user, { ...request, ownerId: user.ownerId });
  }

  /** @internal For admins: a task of any owner. */
  async endTaskOf(
    user: AuthenticatedUser,
    { taskId, origin = null, restart = false, ownerId }: EndTaskRequest & { readonly ownerId: string },
  ): Promise<EndedTask> {
    validInput(taskName, taskId);
    await this.issuers.findActive(user);
    const { task, ended } = await this.database.write(
      async (manager) => {
        const task = await this.tasks.lock(manager, ownerId, taskId);
        if (task === undefined) throw new AuthError('NOT_FOUND');
        const active = await this.tasks.countActiveKeys(manager, [task.id], this.clock.now());
        const ended = active.get(task.id) ?? 0;
        const attempt = restart ? firstAttempt : task.attempt;
        await manager.update(Task, { id: task.id }, { attempt, generation: task.generation + 1 });
        const event = eventOfTask('revoked', task, { reason: restart ? 'restarted' : 'ended', ended });
        await this.audit.record(manager, { user, origin }, event);
        return { task, ended };
      },
      { owner: ownerId, rows: [rowOfTask(taskRefOf(ownerId, taskId))] },
    );
    this.quotas.noteEnded(ownerId);
    this.keyCache.invalidateToolKeys(task.id);
    return { taskId, attempt: task.attempt, ended };
  }

  /** Throws `NOT_FOUND` for a key of another owner. */
  async find({ ownerId }: Pick<AuthenticatedUser, 'ownerId'>, id: string): Promise<FoundToolKey> {
    requireId(id);
    const [found] = await this.store.find((manager) => manager.findBy(ToolKey, { id, ownerId }), {
      owner: ownerId,
    });
    if (found === undefined) throw new AuthError('NOT_FOUND');
    return found;
  }

  /** The calling tool key. */
  async findOwn({ source, ownerId }: AuthenticatedUser): Promise<FoundToolKey> {
    const ids = source.type === 'tool_key' ? [source.keyId] : [];
    const [found] = await this.store.findByIds(ids, { owner: ownerId });
    if (found === undefined) throw new AuthError('NOT_FOUND');
    return found;
  }

  /** Keys of the owner, the newest first. */
  async list(
    { ownerId }: AuthenticatedUser,
    filter: ToolKeyListFilter = {},
    page: ToolKeyPageRequest,
  ): Promise<ToolKeyPage> {
    const query = keysOf(ownerId, validInput(toolKeyFilter, filter), page, this.clock.now());
    return this.findPage(ownerId, page, query);
  }

  /** @internal For admins: keys of all owners, or of one. */
  async listAll(
    { ownerId: requester }: AuthenticatedUser,
    { ownerId = null, ...filter }: ToolKeyListFilter & { readonly ownerId?: string | null },
    page: ToolKeyPageRequest,
  ): Promise<ToolKeyPage> {
    const query = keysOf(ownerId, validInput(toolKeyFilter, filter), page, this.clock.now());
    return this.findPage(requester, page, query);
  }

  /** A key of the owner and everything below it, in the order of issue. */
  async tree(user: AuthenticatedUser, id: string, page: ToolKeyPageRequest): Promise<ToolKeyPage> {
    await this.find(user, id);
    return this.findPage(user.ownerId, page, treeOf(id, page));
  }

  /** Number of calls that the key has left; `null` without a limit. */
  async callsLeft(found: FoundToolKey): Promise<number | null> {
    const { payerId, ownerId } = found.state;
    return payerId === null ? null : this.budgets.callsLeft({ id: payerId, ownerId });
  }

  private async findPage(owner: string, page: ToolKeyPageRequest, query: ToolKeyQuery): Promise<ToolKeyPage> {
    const { limit } = validInput(pageInput, page);
    const found = await this.store.find(
      (manager) =>
        query(manager)
          .limit(limit + 1)
          .getMany(),
      { owner },
    );
    return { found: found.slice(0, limit), hasMore: found.length > limit };
  }
}
