import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { AuditEvent } from '../../audit/audit-event.entity.js';
import { AuditOutboxEntry } from '../../audit/outbox/audit-outbox-entry.entity.js';
import { ToolKey } from '../../key-store/tool-key.entity.js';
import { hourOf, KeyUsageCount } from '../../usage/key-count.store.js';
import { firstIdOf } from './first-id-of.js';

/** Tells how the table of an entity is written in SQL. */
type TableOf = (entity: EntityTarget<ObjectLiteral>) => string;

/** Rows of one table that nobody wants to keep any longer. */
export interface Expendable {
  /** For the log: `1,200 audit events`. */
  readonly what: string;
  readonly entity: EntityTarget<ObjectLiteral>;
  /** The columns of the primary key. */
  readonly key: string;
  /** Which rows of `old`, in which order; `:bound` is the moment or id that they lie before. */
  readonly where: (tableOf: TableOf) => string;
  readonly orderBy: string;
  readonly bound: string | number;
}

const day = 86_400_000;

/** Events that were written before `before`, in epoch milliseconds, but none that a sink has still to take. */
export function oldEvents(before: number): Expendable {
  return {
    what: 'audit events',
    entity: AuditEvent,
    key: 'id',
    where: (tableOf) =>
      `old.id < :bound AND NOT EXISTS (SELECT 1 FROM ${tableOf(AuditOutboxEntry)} waiting WHERE waiting.event_id = old.id)`,
    orderBy: 'old.id',
    bound: firstIdOf(before),
  };
}

/** Counts of hours that were over before `before`. */
export function oldCounts(before: number): Expendable {
  return {
    what: 'counts of key usage',
    entity: KeyUsageCount,
    key: 'key_id, hour, outcome',
    where: () => 'old.hour < :bound',
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
    key: 'id',
    where: (tableOf) =>
      'old.id < :bound AND old.ended_at IS NOT NULL' +
      ` AND NOT EXISTS (SELECT 1 FROM ${tableOf(ToolKey)} child WHERE child.parent_id = old.id)` +
      ` AND NOT EXISTS (SELECT 1 FROM ${tableOf(ToolKey)} child WHERE child.budget_id = old.id)`,
    orderBy: 'old.id DESC',
    bound: firstIdOf(before - day),
  };
}
