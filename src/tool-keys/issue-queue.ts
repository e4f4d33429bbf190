import { Inject, Injectable, Optional } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditRecord } from '../audit/audit-event.js';
import { AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import { insertAll } from '../database/insert-all.js';
import { Batcher, type BatchResult } from '../database/batcher.js';
import { KeyCache } from '../key-store/key-cache.js';
import { Task, ToolKey } from '../key-store/tool-key.entity.js';
import { CallBudgets } from '../limits/call-budgets.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import {
  accountOf,
  findInactiveAccounts,
  IdempotencyClaims,
  type IssueRequest,
  payersOf,
  rejectionOf,
  turnOf,
} from './issue-request.js';
import { attemptOfNewTask, requireAttempt, TaskStore } from './task.store.js';
import { eventOfToolKey } from '../key-store/key-events.js';
import { eventOfTask } from './tool-key-events.js';
import type { PlannedToolKey } from './tool-key-plan.js';
import { type ToolKeysModuleOptions, toolKeysOptions } from './tool-keys.options.js';

/** The state of one transaction, which all its requests read and change in turn. */
interface Batch {
  readonly manager: EntityManager;
  readonly tasks: Map<string, Task>;
  /** Number of active keys by task. */
  readonly activeKeys: Map<string, number>;
  readonly fencedTasks: Set<string>;
  /** Accounts that are gone or disabled, each with the error for its requests. */
  readonly inactiveAccounts: ReadonlyMap<string, AuthError>;
  readonly records: AuditRecord[];
  readonly claims: IdempotencyClaims;
}

/** Issues the keys that one owner requests at the same time in one transaction. One rejection does not affect the others. */
@Injectable()
export class IssueQueue {
  private readonly work: Batcher<IssueRequest, ToolKey>;
  private readonly maxPerTask: number;

  constructor(
    private readonly database: Database,
    private readonly tasks: TaskStore,
    private readonly budgets: CallBudgets,
    private readonly keyCache: KeyCache,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Optional() @Inject(toolKeysOptions) { maxPerTask = 100 }: ToolKeysModuleOptions = {},
  ) {
    this.maxPerTask = maxPerTask;
    this.work = new Batcher((requests) => this.issueBatch(requests), {
      laneOf: ({ planned }) => planned.ownerId,
      mostWaiting: 500,
      // The next transaction is prepared while the database works on one.
      groupsAtOnce: 2,
    });
  }

  issue(request: IssueRequest): Promise<ToolKey> {
    return this.work.run(request);
  }

  private async issueBatch(requests: readonly IssueRequest[]): Promise<BatchResult<ToolKey>[]> {
    const { results, fencedTasks } = await this.database.write(async (manager) => {
      const batch = await this.openBatch(manager, requests);
      const results: BatchResult<ToolKey>[] = [];
      for (const request of requests) results.push(await this.tryToIssue(batch, request));
      const issued = results.flatMap((one) => ('result' in one ? [one.result] : []));
      await insertAll(manager, ToolKey, issued);
      await this.audit.recordEach(manager, batch.records);
      return { results, fencedTasks: batch.fencedTasks };
    }, turnOf(requests));
    for (const taskRef of fencedTasks) this.keyCache.invalidateToolKeys(taskRef);
    return results;
  }

  /** Locks the tasks, then the paying keys, then claims: always in this order, so that no two transactions deadlock. */
  private async openBatch(manager: EntityManager, requests: readonly IssueRequest[]): Promise<Batch> {
    const wanted = requests.map(({ planned: { ownerId, taskId }, attempt }) => ({
      ownerId,
      taskId,
      attempt: attemptOfNewTask(attempt),
    }));
    const { tasks, activeKeys } = await this.tasks.lockAll(manager, wanted, this.clock.now());
    const inactiveAccounts = await findInactiveAccounts(manager, requests);
    const payers = payersOf(requests);
    if (payers.length > 0) await this.database.lock(manager, ToolKey, payers);
    const claims = await IdempotencyClaims.of(manager, requests, this.clock.now());
    return { manager, tasks, activeKeys, inactiveAccounts, fencedTasks: new Set(), records: [], claims };
  }

  private async tryToIssue(batch: Batch, request: IssueRequest): Promise<BatchResult<ToolKey>> {
    try {
      batch.claims.take(request);
    } catch (error) {
      return { error: rejectionOf(error) };
    }
    try {
      return { result: await this.issueOne(batch, request) };
    } catch (error) {
      const rejection = rejectionOf(error);
      await batch.claims.release(request);
      return { error: rejection };
    }
  }

  private async issueOne(batch: Batch, request: IssueRequest): Promise<ToolKey> {
    const { issuer, planned, origin } = request;
    const inactive = batch.inactiveAccounts.get(accountOf(request));
    if (inactive !== undefined) throw inactive;
    const task = taskOf(batch, request);
    const attempt = request.attempt ?? issuer.parent?.attempt ?? task.attempt;
    requireAttempt(attempt, task);
    if (attempt > task.attempt) await this.fence(batch, task, request, attempt);
    const active = batch.activeKeys.get(task.id) ?? 0;
    if (active >= this.maxPerTask)
      throw new AuthError('TOO_MANY_KEYS', { details: { most: this.maxPerTask, per: 'task' } });
    await this.chargeParent(batch.manager, planned);
    batch.activeKeys.set(task.id, active + 1);
    const key = { ...planned, attempt, generation: task.generation };
    const { parentId, scopes, expiresAt, heartbeatSeconds, maxCalls } = key;
    const details = { parentId, scopes, expiresAt, heartbeatSeconds, maxCalls };
    batch.records.push({
      actor: { user: issuer.user, origin },
      entry: eventOfToolKey('issued', key, details),
    });
    return key;
  }

  /** Ends all keys of lower attempts. */
  private async fence(
    { manager, activeKeys, fencedTasks, records }: Batch,
    task: Task,
    { issuer, origin }: IssueRequest,
    attempt: number,
  ): Promise<void> {
    const details = { reason: 'fenced', by: attempt, ended: activeKeys.get(task.id) ?? 0 };
    records.push({ actor: { user: issuer.user, origin }, entry: eventOfTask('revoked', task, details) });
    fencedTasks.add(task.id);
    task.generation += 1;
    task.attempt = attempt;
    activeKeys.set(task.id, 0);
    await manager.update(Task, { id: task.id }, { attempt, generation: task.generation });
  }

  /** A key without calls left issues nothing, even when the child would get no calls of its own. */
  private async chargeParent(manager: EntityManager, { budgetId, maxCalls }: PlannedToolKey): Promise<void> {
    if (budgetId === null) return;
    const isPaid =
      maxCalls === null
        ? await this.budgets.hasCallsLeft(manager, budgetId)
        : await this.budgets.grant(manager, budgetId, maxCalls);
    if (!isPaid) throw new AuthError('BUDGET_EXCEEDED');
  }
}

/** Throws `INVALID_TOOL_KEY` when the issuing tool key was ended with its task since it was looked up. */
function taskOf({ tasks }: Batch, { issuer, planned }: IssueRequest): Task {
  const task = tasks.get(planned.taskRef);
  if (task === undefined) throw new Error('A task vanished while it was locked');
  if (issuer.parent !== null && issuer.parent.generation !== task.generation) {
    const { id, ownerId, userId } = issuer.parent;
    throw new AuthError('INVALID_TOOL_KEY', {
      cause: { outcome: 'REVOKED', key: { type: 'tool_key', id, ownerId, userId } },
    });
  }
  return task;
}
