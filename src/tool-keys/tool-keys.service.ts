import { Injectable } from '@nestjs/common';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { AuditTrail } from '../audit/audit-trail.js';
import { ExtensionCalls } from '../support/extension-calls.js';
import { pageInput, requireId, validInput } from '../http/validation.js';
import { Database } from '../database/database.js';
import { tableIn } from '../database/tables/table-in.js';
import { KeyMint } from '../key-store/key-mint.js';
import { KeyCache } from '../key-store/key-cache.js';
import { rowOfTask, rowOfToolKey, Task, taskRefOf, ToolKey } from '../key-store/tool-key.entity.js';
import { type FoundToolKey, ToolKeyStore } from '../key-store/tool-key.store.js';
import { CallBudgets } from '../limits/call-budgets.js';
import { AuthError } from '../principal/auth-error.js';
import type { AuthenticatedUser, RequestOrigin } from '../principal/authenticated-user.js';
import { Clock } from '../support/clock.js';
import { ToolKeyIssuer, type IssueRequest } from './tool-key-issuer.js';
import { IssuerLookup } from './issuer-lookup.js';
import { eventOfTask, eventOfToolKey, IssueRefusals } from './tool-key-events.js';
import { firstAttempt, TaskLocks } from './task-locks.js';
import { readTaskOwner, TaskResolver } from './tool-keys.options.js';
import { EndedToolKeys } from './tool-key-leases.js';
import { ToolKeyQuotas } from './tool-key-quotas.js';
import { planToolKey } from './tool-key-plan.js';
import { taskName, type ToolKeyRequest, toolKeyRequest } from './tool-key.schemas.js';

/** A tool key just issued, and the only chance to learn it. */
export interface IssuedToolKey {
  readonly key: ToolKey;
  /** The whole key. */
  readonly secret: string;
}

/** What ended with a task. */
export interface EndedTask {
  readonly taskId: string;
  readonly attempt: number;
  /** How many keys were active until then. */
  readonly ended: number;
}

export interface ToolKeyPage {
  readonly found: readonly FoundToolKey[];
  readonly hasMore: boolean;
}

interface Stretch {
  readonly limit: number;
  readonly after?: string;
}

/** Short-lived keys for one task each: for the routes, and for orchestrators in the same application. */
@Injectable()
export class ToolKeysService {
  constructor(
    private readonly database: Database,
    private readonly store: ToolKeyStore,
    private readonly issuers: IssuerLookup,
    private readonly desk: ToolKeyIssuer,
    private readonly tasks: TaskLocks,
    private readonly resolver: TaskResolver,
    private readonly extensions: ExtensionCalls,
    private readonly refused: IssueRefusals,
    private readonly ends: EndedToolKeys,
    private readonly quotas: ToolKeyQuotas,
    private readonly budgets: CallBudgets,
    private readonly keyCache: KeyCache,
    private readonly audit: AuditTrail,
    private readonly mint: KeyMint,
    private readonly clock: Clock,
  ) {}

  /**
   * A key for a task of the issuer's owner, with no more scopes, time and calls than the issuer has. Throws
   * `VALIDATION_FAILED`, `FORBIDDEN`, `INSUFFICIENT_SCOPE`, `STALE_ATTEMPT` (a higher attempt was issued for),
   * `TOO_MANY_KEYS`, `BUDGET_EXCEEDED`, or the 401 of an issuer that has ended; each leaves an event.
   */
  async issue(
    user: AuthenticatedUser,
    wish: ToolKeyRequest,
    origin: RequestOrigin | null = null,
  ): Promise<IssuedToolKey> {
    try {
      return await this.tryToIssue(user, wish, origin);
    } catch (error) {
      this.refused.note(user, error, origin);
      throw error;
    }
  }

  /** Ends a tool key of the owner and everything below it, for ever. `NOT_FOUND` for anybody else's. */
  async revoke(
    user: AuthenticatedUser,
    id: string,
    origin: RequestOrigin | null = null,
  ): Promise<FoundToolKey> {
    requireId(id);
    await this.issuers.requireLive(user);
    await this.database.write(
      async (manager) => {
        await this.database.lock(manager, ToolKey, id);
        const key = await manager.findOneBy(ToolKey, { id, ownerId: user.ownerId });
        if (key === null) throw new AuthError('NOT_FOUND');
        if (key.endedAt !== null) return;
        const endedAt = new Date(this.clock.now());
        await manager.update(ToolKey, { id }, { endedAt, endReason: 'revoked' });
        await this.audit.record(manager, { user, origin }, eventOfToolKey('revoked', key));
      },
      { owner: user.ownerId, rows: [rowOfToolKey(id)] },
    );
    this.quotas.noteEnded(user.ownerId);
    this.keyCache.invalidateToolKeys(id);
    return this.find(user, id);
  }

  /**
   * Ends all keys of a task of the owner at once, whoever issued them. `NOT_FOUND` for a task without any. Keys of lower
   * attempts go on being refused, unless `restart` makes the attempts begin at 1 again: the way back from one too high.
   */
  async endTask(
    user: AuthenticatedUser,
    taskId: string,
    origin: RequestOrigin | null = null,
    { restart = false }: { readonly restart?: boolean } = {},
  ): Promise<EndedTask> {
    validInput(taskName, taskId);
    await this.issuers.requireLive(user);
    const { task, ended } = await this.database.write(
      async (manager) => {
        const task = await this.tasks.find(manager, user.ownerId, taskId);
        if (task === undefined) throw new AuthError('NOT_FOUND');
        const active = await this.tasks.countActive(manager, [task.id], this.clock.now());
        const ended = active.get(task.id) ?? 0;
        const attempt = restart ? firstAttempt : task.attempt;
        await manager.update(Task, { id: task.id }, { attempt, generation: task.generation + 1 });
        const event = eventOfTask('revoked', task, { reason: restart ? 'restarted' : 'ended', ended });
        await this.audit.record(manager, { user, origin }, event);
        return { task, ended };
      },
      { owner: user.ownerId, rows: [rowOfTask(taskRefOf(user.ownerId, taskId))] },
    );
    this.quotas.noteEnded(user.ownerId);
    this.keyCache.invalidateToolKeys(task.id);
    return { taskId, attempt: task.attempt, ended };
  }

  /** `NOT_FOUND` for a key of another owner. */
  async find({ ownerId }: AuthenticatedUser, id: string): Promise<FoundToolKey> {
    requireId(id);
    const [found] = await this.store.find((manager) => manager.findBy(ToolKey, { id, ownerId }), {
      owner: ownerId,
    });
    if (found === undefined) throw new AuthError('NOT_FOUND');
    return found;
  }

  /** The tool key that asks. */
  async findOwn({ source, ownerId }: AuthenticatedUser): Promise<FoundToolKey> {
    const ids = source.type === 'tool_key' ? [source.keyId] : [];
    const [found] = await this.store.findByIds(ids, { owner: ownerId });
    if (found === undefined) throw new AuthError('NOT_FOUND');
    return found;
  }

  /** Keys of the owner, the newest first; of one task, where it is given. */
  async list(
    { ownerId }: AuthenticatedUser,
    taskId: string | undefined,
    stretch: Stretch,
  ): Promise<ToolKeyPage> {
    validInput(taskName.optional(), taskId);
    return this.page(ownerId, stretch, (manager) => {
      const query = manager.createQueryBuilder(ToolKey, 'key').where('key.ownerId = :ownerId', { ownerId });
      if (taskId !== undefined)
        query.andWhere('key.taskRef = :taskRef', { taskRef: taskRefOf(ownerId, taskId) });
      if (stretch.after !== undefined) query.andWhere('key.id < :after', stretch);
      return query.orderBy('key.id', 'DESC');
    });
  }

  /** A key of the owner and everything below it, in the order in which it was issued. */
  async tree(user: AuthenticatedUser, id: string, stretch: Stretch): Promise<ToolKeyPage> {
    await this.find(user, id);
    return this.page(user.ownerId, stretch, (manager) => {
      const query = manager
        .createQueryBuilder(ToolKey, 'key')
        .addCommonTableExpression(belowKey(manager), 'tree', { recursive: true, columnNames: ['id'] })
        .where('key.id IN (SELECT tree.id FROM tree)')
        .setParameters({ root: id, after: stretch.after });
      if (stretch.after !== undefined) query.andWhere('key.id > :after');
      return query.orderBy('key.id', 'ASC');
    });
  }

  /** How many calls the key has left; `null` for as many as come. */
  async callsLeft({ state: { payerId, ownerId } }: FoundToolKey): Promise<number | null> {
    return payerId === null ? null : this.budgets.left({ id: payerId, ownerId });
  }

  private async tryToIssue(
    user: AuthenticatedUser,
    unchecked: ToolKeyRequest,
    origin: RequestOrigin | null,
  ): Promise<IssuedToolKey> {
    const wish = validInput(toolKeyRequest, unchecked);
    await this.quotas.chargeIssue(user.ownerId, wish.taskId);
    const issuer = await this.issuers.find(user);
    await this.requireTaskOf(user, wish.taskId);
    const minted = this.mint.mintToolKey();
    const planned = planToolKey(issuer, wish, minted, this.clock.now());
    const request = { issuer, planned, attempt: wish.attempt, origin };
    const key = await this.quotas.within(user.ownerId, () => this.issueWhereThereIsRoom(request));
    if (key.heartbeatSeconds !== null) this.quotas.noteInterval(key.id, key.heartbeatSeconds);
    return { key, secret: minted.key };
  }

  /** Keys that fell with an API key leave their room once somebody needs it. */
  private async issueWhereThereIsRoom(request: IssueRequest): Promise<ToolKey> {
    try {
      return await this.desk.issue(request);
    } catch (error) {
      const isFull = error instanceof AuthError && error.code === 'TOO_MANY_KEYS';
      if (!isFull || (await this.ends.noteFallen(request.planned)) === 0) throw error;
      return this.desk.issue(request);
    }
  }

  /** An unknown task and another owner's are one answer. */
  private async requireTaskOf(user: AuthenticatedUser, taskId: string): Promise<void> {
    const message = 'Whose task it is cannot be found out at the moment.';
    const ask = async () => readTaskOwner(await this.resolver.ownerOf(taskId, user));
    if ((await this.extensions.call('TaskResolver', ask, { message })) === user.ownerId) return;
    throw new AuthError('FORBIDDEN', { details: [{ path: 'taskId', message: 'This is no task of yours.' }] });
  }

  private async page(
    owner: string,
    stretch: Stretch,
    query: (manager: EntityManager) => SelectQueryBuilder<ToolKey>,
  ): Promise<ToolKeyPage> {
    const { limit } = validInput(pageInput, stretch);
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

const belowKey = (manager: EntityManager) => `
  SELECT CAST(:root AS varchar(36))
  UNION ALL
  SELECT tool_keys.id FROM ${tableIn(manager, ToolKey)} tool_keys JOIN tree ON tree.id = tool_keys.parent_id`;
