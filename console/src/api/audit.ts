import { dataOf } from '../../../src/client/index.js';
import type { Schemas, Session } from '../session.js';

export type AuditEvent = Schemas['AuditEvent'];

export const eventTypes = [
  'created',
  'used',
  'refused',
  'refreshed',
  'rotated',
  'updated',
  'narrowed',
  'enabled',
  'disabled',
  'revoked',
  'expired',
  'expiring',
  'unused',
  'imported',
  'issued',
  'lease_lost',
  'exchanged',
  'signed_out',
  'erased',
  'leaked',
  'called',
] as const;

export interface AuditFilters {
  readonly type?: (typeof eventTypes)[number];
  readonly actor?: string;
  readonly subjectId?: string;
  readonly requestId?: string;
  readonly ownerId?: string;
  readonly from?: string;
  readonly to?: string;
}

export function filtersOf(query: URLSearchParams): AuditFilters {
  const of = (name: string) => query.get(name) ?? undefined;
  const moment = (name: string) => {
    const text = of(name);
    return text !== undefined && !Number.isNaN(Date.parse(text)) ? new Date(text).toISOString() : undefined;
  };
  return {
    type: eventTypes.find((type) => type === of('type')),
    actor: of('actor'),
    subjectId: of('subjectId'),
    requestId: of('requestId'),
    ownerId: of('ownerId'),
    from: moment('from'),
    to: moment('to'),
  };
}

export function auditPage({ client }: Session, filters: AuditFilters, cursor?: string, signal?: AbortSignal) {
  const query = { ...filters, cursor, limit: 50 };
  return dataOf(client.GET('/api/v1/admin/audit-events', { params: { query }, signal }));
}

/** Of a table of events. */
export const columns = [
  'time',
  'type',
  'subject',
  'subjectId',
  'ownerId',
  'actor',
  'chain',
  'ip',
  'userAgent',
  'requestId',
  'details',
];

/** The cells of an event. */
export function rowOf({
  time,
  type,
  subject,
  ownerId,
  actor,
  ip,
  userAgent,
  requestId,
  details,
}: AuditEvent): string[] {
  const chain = actor.chain.map((link) => `${link.type} ${link.id}`).join(' > ');
  const facts = details === null ? '' : JSON.stringify(details);
  return [
    time,
    type,
    subject.type,
    subject.id,
    ownerId,
    actor.type,
    chain,
    ip ?? '',
    userAgent ?? '',
    requestId ?? '',
    facts,
  ];
}

/** RFC 4180. A spreadsheet takes what begins like a formula for one: an apostrophe makes it text. */
export function cellOf(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
