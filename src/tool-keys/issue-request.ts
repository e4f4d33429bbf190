import type { EntityManager } from 'typeorm';
import type { QueueOptions } from '../database/fair-queue.js';
import { requireActive } from '../identity/active-holders.js';
import { rowOfTask, rowOfToolKey } from '../key-store/tool-key.entity.js';
import {
  claimRequests,
  countRequests,
  hasRoom,
  type Idempotency,
  IdempotentRequest,
  withoutRoom,
} from '../key-store/idempotent-request.js';
import { AuthError } from '../principal/auth-error.js';
import { issuedAtOf, type RequestOrigin } from '../principal/authenticated-user.js';
import type { Issuer } from './issuer-lookup.js';
import type { PlannedToolKey } from './tool-key-plan.js';

/** A key that its issuer may issue. Its task, its budget or a disabled account can still prevent it. */
export interface IssueRequest {
  readonly issuer: Issuer;
  readonly planned: PlannedToolKey;
  readonly attempt: number | undefined;
  readonly origin: RequestOrigin | null;
  readonly idempotency: Idempotency | undefined;
}

/** The keys that are charged for the issued keys. */
export function payersOf(requests: readonly IssueRequest[]): string[] {
  return requests.flatMap(({ planned: { budgetId } }) => (budgetId === null ? [] : [budgetId]));
}

/** The turn of their transaction; all requests are of one owner. */
export function turnOf(requests: readonly IssueRequest[]): QueueOptions {
  const tasks = requests.map(({ planned }) => rowOfTask(planned.taskRef));
  const rows = [...new Set([...tasks, ...payersOf(requests).map(rowOfToolKey)])];
  return { owner: requests[0]?.planned.ownerId, rows };
}

/** Accounts that are gone, disabled or signed out, each with the error for its requests. Checks each account once. */
export async function findInactiveAccounts(
  manager: EntityManager,
  requests: readonly IssueRequest[],
): Promise<Map<string, AuthError>> {
  const inactive = new Map<string, AuthError>();
  const accounts = new Map(requests.map((request) => [accountOf(request), request.issuer]));
  for (const [account, { user, userId }] of accounts) {
    try {
      await requireActive(manager, user.ownerId, userId, issuedAtOf(user));
    } catch (error) {
      inactive.set(account, rejectionOf(error));
    }
  }
  return inactive;
}

/** The owner and user of the issuer, and when its token was issued. */
export function accountOf({ issuer }: IssueRequest): string {
  return `${issuer.user.ownerId} ${issuer.userId ?? ''} ${issuedAtOf(issuer.user) ?? ''}`;
}

/** The error as the answer to one request; throws faults, which concern the whole transaction. */
export function rejectionOf(error: unknown): AuthError {
  if (error instanceof AuthError && error.getStatus() < 500) return error;
  throw error;
}

/** The claims of requests with an `Idempotency-Key`, in the transaction that issues their keys. */
export class IdempotencyClaims {
  private constructor(
    private readonly manager: EntityManager,
    private readonly claimed: Set<string>,
    /** Ids of those for which there was room. */
    private readonly fitting: ReadonlySet<string>,
  ) {}

  /** All requests are of one owner. */
  static async of(
    manager: EntityManager,
    requests: readonly IssueRequest[],
    now: number,
  ): Promise<IdempotencyClaims> {
    const [owner] = requests.flatMap(({ idempotency }) => idempotency?.ownerId ?? []);
    if (owner === undefined) return new IdempotencyClaims(manager, new Set(), new Set());
    const kept = await countRequests(manager, owner, now);
    const rows: IdempotentRequest[] = [];
    for (const { idempotency, planned, issuer } of requests) {
      if (idempotency === undefined || !hasRoom(kept + rows.length, issuer.parent !== null)) continue;
      rows.push({ ...idempotency, keyId: planned.id, replacedId: null, createdAt: new Date(now) });
    }
    const fitting = new Set(rows.map(({ id }) => id));
    return new IdempotencyClaims(manager, await claimRequests(manager, rows), fitting);
  }

  /** Throws `RATE_LIMITED` without room, and `REQUEST_IN_PROGRESS` if the same request was stored before, or is in this transaction, too. */
  take({ idempotency }: IssueRequest): void {
    if (idempotency === undefined || this.claimed.delete(idempotency.id)) return;
    throw this.fitting.has(idempotency.id) ? new AuthError('REQUEST_IN_PROGRESS') : withoutRoom();
  }

  /** The request was rejected: it may be sent again. */
  async release({ idempotency }: IssueRequest): Promise<void> {
    if (idempotency !== undefined) await this.manager.delete(IdempotentRequest, { id: idempotency.id });
  }
}
