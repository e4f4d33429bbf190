import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { AuditTrail } from '../../audit/audit-trail.js';
import { RefusalJournal } from '../../usage/refusal-journal.js';
import { readCounter, readGauge } from './read-metric.js';

/** What goes into the audit trail, and what is only counted there. */
@Injectable()
export class AuditMetrics {
  constructor(registry: Registry, audit: AuditTrail, refusals: RefusalJournal) {
    readCounter(registry, {
      name: 'gatehouse_audit_events_total',
      help: 'Events handed to the audit trail, those of changes that then failed included.',
      labelNames: ['type'],
      read: () => audit.counts.entries().map(([type, count]) => [{ type }, count]),
    });
    readCounter(registry, {
      name: 'gatehouse_audit_refusals_total',
      help: 'Refusals by what became of them: an event of their own, a number in the next event, or nothing.',
      labelNames: ['fate'],
      read: () => refusals.counts.entries().map(([fate, count]) => [{ fate }, count]),
    });
    readGauge(registry, {
      name: 'gatehouse_audit_refusals_waiting',
      help: 'Events of refusals that are still to be written.',
      labelNames: [],
      read: () => [[{}, refusals.waiting]],
    });
  }
}
