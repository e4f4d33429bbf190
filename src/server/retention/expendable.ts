import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { ToolKey } from '../../key-store/tool-key.entity.js';
import { hourOf } from '../../usage/key-count.js';
import { KeyUsageCount } from '../../usage/key-usage-count.entity.js';
import { firstIdOf } from './first-id-of.js';

/** Rows of one table that nobody wants to keep any longer. */
export interface Expendable {
  /** For the log: `1,200 audit events`. */
  readonly what: string;
  readonly entity: EntityTarget<ObjectLiteral>;
  readonly table: string;
  /** The columns of the primary key. */
  readonly key: string;
  /** Which rows of `old`, in which order; `:bound` is the moment or id that they lie before. */
  readonly where: string;
  readonly orderBy: string;
  readonly bound: string | number;
}

const day = 86_400_000;

/** Events that were written before `before`, in epoch milliseconds. */
export function oldEvents(before: number): Expendable {
  return {
    what: 'audit events',
    entity: AuditEvent,
    table: 'audit_events',
    key: 'id',
    where: 'old.id < :bound',
    orderBy: 'old.id',
    bound: firstIdOf(before),
  };
}

/** Counts of hours that were over before `before`. */
export function oldCounts(before: number): Expendable {
  return {
    what: 'counts of key usage',
    entity: KeyUsageCount,
    table: 'key_usage_counts',
    key: 'key_id, hour, outcome',
    where: 'old.hour < :bound',
    orderBy: 'old.hour',
    bound: hourOf(before),
  };
}

/**
 * Tool keys that ended before `before`, which nothing refers to any more: children go before their parents, the newest
 * first. None lives longer than a day, so those that were issued a day before that have ended.
 */
export function endedToolKeys(before: number): Expendable {
  return {
    what: 'tool keys',
    entity: ToolKey,
    table: 'tool_keys',
    key: 'id',
    where:
      'old.id < :bound AND old.ended_at IS NOT NULL' +
      ' AND NOT EXISTS (SELECT 1 FROM tool_keys child WHERE child.parent_id = old.id)' +
      ' AND NOT EXISTS (SELECT 1 FROM tool_keys child WHERE child.budget_id = old.id)',
    orderBy: 'old.id DESC',
    bound: firstIdOf(before - day),
  };
}
