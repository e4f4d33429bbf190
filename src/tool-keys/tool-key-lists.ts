import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { tableIn } from '../database/tables/entities.js';
import { taskRefOf, ToolKey } from '../key-store/tool-key.entity.js';
import type { FoundToolKey } from '../key-store/tool-key.store.js';

/** Which keys a list holds. An omitted field does not narrow it. */
export interface ToolKeyListFilter {
  readonly taskId?: string;
  /** The id of the user, key or program that issued them. */
  readonly createdBy?: string;
  /** `true`: neither ended nor expired themselves. */
  readonly current?: 'true' | 'false';
}

export interface ToolKeyPage {
  readonly found: readonly FoundToolKey[];
  readonly hasMore: boolean;
}

export interface ToolKeyPageRequest {
  readonly limit: number;
  readonly after?: string;
}

/** Builds the query of a list, without its limit. */
export type ToolKeyQuery = (manager: EntityManager) => SelectQueryBuilder<ToolKey>;

/** Keys of an owner or, with `null`, of all, the newest first. */
export function keysOf(
  ownerId: string | null,
  { taskId, createdBy, current }: ToolKeyListFilter,
  page: ToolKeyPageRequest,
  now: number,
): ToolKeyQuery {
  return (manager) => {
    const query = manager.createQueryBuilder(ToolKey, 'key').where('1 = 1');
    if (ownerId !== null) query.andWhere('key.ownerId = :ownerId', { ownerId });
    if (taskId !== undefined && ownerId !== null)
      query.andWhere('key.taskRef = :taskRef', { taskRef: taskRefOf(ownerId, taskId) });
    if (taskId !== undefined && ownerId === null) query.andWhere('key.taskId = :taskId', { taskId });
    // Not by `endsAt`: a lease is not lost while the service is down.
    if (current === 'true') query.andWhere('key.endedAt IS NULL AND key.expiresAt > :now', { now });
    if (createdBy !== undefined) query.andWhere('key.createdById = :createdBy', { createdBy });
    if (page.after !== undefined) query.andWhere('key.id < :after', page);
    return query.orderBy('key.id', 'DESC');
  };
}

/** A key and everything below it, in the order of issue. */
export function treeOf(root: string, { after }: ToolKeyPageRequest): ToolKeyQuery {
  return (manager) => {
    const query = manager
      .createQueryBuilder(ToolKey, 'key')
      .addCommonTableExpression(belowRoot(manager), 'tree', { recursive: true, columnNames: ['id'] })
      .where('key.id IN (SELECT tree.id FROM tree)')
      .setParameters({ root, after });
    if (after !== undefined) query.andWhere('key.id > :after');
    return query.orderBy('key.id', 'ASC');
  };
}

const belowRoot = (manager: EntityManager) => `
  SELECT CAST(:root AS varchar(36))
  UNION ALL
  SELECT tool_keys.id FROM ${tableIn(manager, ToolKey)} tool_keys JOIN tree ON tree.id = tool_keys.parent_id`;
