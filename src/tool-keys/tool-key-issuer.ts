import { Inject, Injectable, Optional } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type AuditRecord, AuditTrail } from '../audit/audit-trail.js';
import { Database } from '../database/database.js';
import type { Turn } from '../database/fair-queue.js';
import { GroupedWork, type Settled } from '../database/sqlite/grouped-work.js';
import { insertAll } from '../database/insert-all.js';
import { requireActive } from '../identity/accounts.service.js';
import { KeyCache } from '../key-store/key-cache.js';
import { rowOfTask, rowOfToolKey, Task, ToolKey } from '../key-store/tool-key.entity.js';
import { CallBudgets } from '../limits/call-budgets.js';
import { AuthError } from '../principal/auth-error.js';
import { Clock } from '../support/clock.js';
import type { RequestOrigin } from '../principal/authenticated-user.js';
import type { Issuer } from './issuer-lookup.js';
import { attemptOfNewTask, requireAttempt, TaskLocks } from './task-locks.js';
import type { PlannedToolKey } from './tool-key-plan.js';
import { eventOfTask, eventOfToolKey } from './tool-key-events.js';
import { type ToolKeysModuleOptions, toolKeysOptions } from './tool-keys.options.js';

/** A key that its issuer may have, unless its task says otherwise. */
export interface IssueRequest {
  readonly issuer: Issuer;
  readonly planned: PlannedToolKey;
  readonly attempt: number | undefined;
  readonly origin: RequestOrigin | null;
}

/** What is known of the tasks while a group of keys is issued. */
interface Session {
  readonly tasks: Map<string, Task>;
  readonly active: Map<string, number>;
  readonly fenced: Set<string>;
  /** Why those whose user or owner is gone or disabled are refused. */
  readonly outcasts: ReadonlyMap<string, AuthError>;
  readonly records: AuditRecord[];
}

/** Issues the keys that an owner asks for at the same time in one transaction. */
@Injectable()
export class ToolKeyIssuer {
  private readonly work: GroupedWork<IssueRequest, ToolKey>;
  private readonly maxPerTask: number;

  constructor(
    private readonly database: Database,
    private readonly tasks: TaskLocks,
    private readonly budgets: CallBudgets,
    private readonly keyCache: KeyCache,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    @Optional() @Inject(toolKeysOptions) { maxPerTask = 100 }: ToolKeysModuleOptions = {},
  ) {
    this.maxPerTask = maxPerTask;
    this.work = new GroupedWork((requests) => this.issueTogether(requests), {
      laneOf: ({ planned }) => planned.ownerId,
      mostWaiting: 500,
      // While the database is busy with one, another is made ready.
      groupsAtOnce: 2,
    });
  }

  issue(request: IssueRequest): Promise<ToolKey> {
    return this.work.run(request);
  }

  private async issueTogether(requests: readonly IssueRequest[]): Promise<Settled<ToolKey>[]> {
    const { settled, fenced } = await this.database.write(async (manager) => {
      const session = await this.open(manager, requests);
      const settled: Settled<ToolKey>[] = [];
      for (const request of requests) settled.push(await this.settle(manager, session, request));
      await insertAll(
        manager,
        ToolKey,
        settled.flatMap((one) => ('result' in one ? [one.result] : [])),
      );
      await this.audit.recordEach(manager, session.records);
      return { settled, fenced: session.fenced };
    }, turnOf(requests));
    for (const ref of fenced) this.keyCache.invalidateToolKeys(ref);
    return settled;
  }

  private async open(manager: EntityManager, requests: readonly IssueRequest[]): Promise<Session> {
    const now = this.clock.now();
    // Of a task that is new only the attempt can be refused, so the one that is written with it is right.
    const wanted = requests.map(({ planned: { ownerId, taskId }, attempt }) => ({
      ownerId,
      taskId,
      attempt: attemptOfNewTask(attempt),
    }));
    const { tasks, active } = await this.tasks.open(manager, wanted, now);
    const outcasts = await findOutcasts(manager, requests);
    // In the order of ids, before any of them is taken from: so no two lock crosswise.
    const payers = payersOf(requests);
    if (payers.length > 0) await this.database.lock(manager, ToolKey, payers);
    return { tasks, active, outcasts, fenced: new Set(), records: [] };
  }

  private async settle(
    manager: EntityManager,
    session: Session,
    request: IssueRequest,
  ): Promise<Settled<ToolKey>> {
    try {
      const outcast = session.outcasts.get(accountOf(request));
      if (outcast !== undefined) throw outcast;
      const task = taskOf(session, request);
      const attempt = attemptFor(task, request);
      if (attempt > task.attempt) await this.fence(manager, session, task, request, attempt);
      const active = session.active.get(task.id) ?? 0;
      if (active >= this.maxPerTask)
        throw new AuthError('TOO_MANY_KEYS', { details: { most: this.maxPerTask, per: 'task' } });
      await this.giveCalls(manager, request.planned);
      session.active.set(task.id, active + 1);
      const result = { ...request.planned, attempt, generation: task.generation };
      const { issuer, origin } = request;
      const { parentId, scopes, expiresAt, heartbeatSeconds, maxCalls } = result;
      const details = { parentId, scopes, expiresAt, heartbeatSeconds, maxCalls };
      session.records.push({
        actor: { user: issuer.user, origin },
        entry: eventOfToolKey('issued', result, details),
      });
      return { result };
    } catch (error) {
      if (!(error instanceof AuthError) || error.getStatus() >= 500) throw error;
      return { error };
    }
  }

  /** All keys of lower attempts end here. */
  private async fence(
    manager: EntityManager,
    { active, fenced, records }: Session,
    task: Task,
    { issuer, origin }: IssueRequest,
    attempt: number,
  ): Promise<void> {
    const details = { reason: 'fenced', by: attempt, ended: active.get(task.id) ?? 0 };
    records.push({ actor: { user: issuer.user, origin }, entry: eventOfTask('revoked', task, details) });
    fenced.add(task.id);
    task.generation += 1;
    task.attempt = attempt;
    active.set(task.id, 0);
    await manager.update(Task, { id: task.id }, { attempt, generation: task.generation });
  }

  /** A key that has used up its calls issues nothing, whether or not the child would get calls of its own. */
  private async giveCalls(manager: EntityManager, { budgetId, maxCalls }: PlannedToolKey): Promise<void> {
    if (budgetId === null) return;
    const isPaid =
      maxCalls === null
        ? await this.budgets.hasLeft(manager, budgetId)
        : await this.budgets.give(manager, budgetId, maxCalls);
    if (!isPaid) throw new AuthError('BUDGET_EXCEEDED');
  }
}

function payersOf(requests: readonly IssueRequest[]): string[] {
  return requests.flatMap(({ planned: { budgetId } }) => (budgetId === null ? [] : [budgetId]));
}

/** All are of one owner. */
function turnOf(requests: readonly IssueRequest[]): Turn {
  const tasks = requests.map(({ planned }) => rowOfTask(planned.taskRef));
  const rows = [...new Set([...tasks, ...payersOf(requests).map(rowOfToolKey)])];
  return { owner: requests[0]?.planned.ownerId, rows };
}

/** Looks once at each owner and user behind a group. */
async function findOutcasts(
  manager: EntityManager,
  requests: readonly IssueRequest[],
): Promise<Map<string, AuthError>> {
  const outcasts = new Map<string, AuthError>();
  const accounts = new Map(requests.map((request) => [accountOf(request), request.issuer]));
  for (const [account, { user, userId }] of accounts) {
    try {
      await requireActive(manager, user.ownerId, userId);
    } catch (error) {
      if (!(error instanceof AuthError) || error.getStatus() >= 500) throw error;
      outcasts.set(account, error);
    }
  }
  return outcasts;
}

function accountOf({ issuer }: IssueRequest): string {
  return `${issuer.user.ownerId} ${issuer.userId ?? ''}`;
}

function taskOf({ tasks }: Session, { issuer, planned }: IssueRequest): Task {
  const task = tasks.get(planned.taskRef);
  if (task === undefined) throw new Error('A task vanished while it was locked');
  // Whoever ended the task's keys meanwhile has ended the one that asks.
  if (issuer.parent !== null && issuer.parent.generation !== task.generation) {
    const { id, ownerId, userId } = issuer.parent;
    throw new AuthError('INVALID_TOOL_KEY', {
      cause: { outcome: 'REVOKED', key: { type: 'tool_key', id, ownerId, userId } },
    });
  }
  return task;
}

function attemptFor(task: Task, { attempt, issuer }: IssueRequest): number {
  const wanted = attempt ?? issuer.parent?.attempt ?? task.attempt;
  requireAttempt(wanted, task);
  return wanted;
}
