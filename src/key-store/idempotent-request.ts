import { Column, type EntityManager, Index, LessThanOrEqual, MoreThan, PrimaryColumn } from 'typeorm';
import { insertMissing } from '../database/insert-all.js';
import { GatehouseEntity, InstantColumn } from '../database/tables/entities.js';
import { AuthError } from '../principal/auth-error.js';

/** A request with an `Idempotency-Key`, as hashes: equal for a retry, see `idempotencyOf`. */
export interface Idempotency {
  /** Of the owner, the credential and the `Idempotency-Key`. */
  readonly id: string;
  readonly ownerId: string;
  /** Of route and body. */
  readonly request: string;
}

/** Which key a request with an `Idempotency-Key` created. Stored in the transaction of the creation. */
@GatehouseEntity('idempotent_requests')
@Index('ix_idempotent_requests_owner', ['ownerId', 'createdAt'])
@Index('ix_idempotent_requests_created', ['createdAt'])
export class IdempotentRequest {
  @PrimaryColumn({ type: 'varchar', length: 64, primaryKeyConstraintName: 'pk_idempotent_requests' })
  id!: string;

  @Column({ name: 'owner_id', type: 'varchar', length: 36 })
  ownerId!: string;

  @Column({ type: 'varchar', length: 64 })
  request!: string;

  @Column({ name: 'key_id', type: 'varchar', length: 36 })
  keyId!: string;

  /** The key that it replaced, if any. */
  @Column({ name: 'replaced_id', type: 'varchar', length: 36, nullable: true })
  replacedId!: string | null;

  @InstantColumn({ name: 'created_at' })
  createdAt!: Date;
}

/** How long a request can be repeated. */
export const repeatableMs = 86_400_000;

/** Requests of one owner that are kept at a time, and from how many on agents get no more: the rest is for people and their keys. */
const mostPerOwner = 10_000;
const mostWithAgents = 5_000;

/** The earlier request with this `Idempotency-Key`. Throws `IDEMPOTENCY_KEY_REUSED` if it was another request. */
export function requireSame(
  { request }: Idempotency,
  earlier: IdempotentRequest | null,
  now: number,
): IdempotentRequest | undefined {
  if (earlier === null || earlier.createdAt.getTime() <= now - repeatableMs) return undefined;
  if (earlier.request !== request) throw new AuthError('IDEMPOTENCY_KEY_REUSED');
  return earlier;
}

/** Inside a transaction: how many requests of the owner are kept, after those that it can no longer repeat are deleted. */
export async function countRequests(manager: EntityManager, ownerId: string, now: number): Promise<number> {
  const end = new Date(now - repeatableMs);
  await manager.delete(IdempotentRequest, { ownerId, createdAt: LessThanOrEqual(end) });
  return manager.countBy(IdempotentRequest, { ownerId, createdAt: MoreThan(end) });
}

/** Whether an owner with `kept` requests may store another one. */
export function hasRoom(kept: number, isAgent: boolean): boolean {
  return kept < (isAgent ? mostWithAgents : mostPerOwner);
}

export function withoutRoom(): AuthError {
  return new AuthError('RATE_LIMITED', {
    message: 'This owner has sent too many requests with an Idempotency-Key within 24 hours.',
    retryAfterSeconds: 3_600,
  });
}

/**
 * Inside a transaction: stores the requests that no other has stored, of equal ones the first, and resolves with their ids. Waits for other
 * transactions that store the same, in the order of ids, so that no two deadlock.
 */
export function claimRequests(
  manager: EntityManager,
  requests: readonly IdempotentRequest[],
): Promise<Set<string>> {
  const rows = new Map<string, IdempotentRequest>();
  for (const request of requests) if (!rows.has(request.id)) rows.set(request.id, request);
  return insertMissing(
    manager,
    IdempotentRequest,
    [...rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1)),
  );
}
