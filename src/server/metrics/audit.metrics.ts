import { Injectable, Optional } from '@nestjs/common';
import { Registry } from 'prom-client';
import { AuditTrail } from '../../audit/audit-trail.js';
import { AuditDispatcher } from '../../audit/outbox/audit-dispatcher.js';
import { Clock } from '../../support/clock.js';
import { RefusalRecorder } from '../../usage/refusal-recorder.js';
import { readCounter, readGauge } from './read-metric.js';

/** What goes into the audit trail, and what is only counted there. */
@Injectable()
export class AuditMetrics {
  constructor(
    registry: Registry,
    audit: AuditTrail,
    refusals: RefusalRecorder,
    clock: Clock,
    @Optional() dispatcher?: AuditDispatcher,
  ) {
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
    addSinkMetrics(registry, clock, dispatcher);
  }
}

/** Without a sink they have no value. */
function addSinkMetrics(registry: Registry, clock: Clock, dispatcher?: AuditDispatcher): void {
  const outcomes = ['sent', 'failed', 'refused'] as const;
  readCounter(registry, {
    name: 'gatehouse_audit_sink_events_total',
    help: 'Events that the audit sink took, times that it did not take one, and times that it refused one alone.',
    labelNames: ['outcome'],
    read: () => (dispatcher ? outcomes.map((outcome) => [{ outcome }, dispatcher.counts.of(outcome)]) : []),
  });
  readGauge(registry, {
    name: 'gatehouse_audit_outbox_events',
    help: 'Events that the audit sink has still to take, of all processes together.',
    labelNames: [],
    read: () => (dispatcher?.backlog === undefined ? [] : [[{}, dispatcher.backlog.events]]),
  });
  readGauge(registry, {
    name: 'gatehouse_audit_outbox_oldest_seconds',
    help: 'How long the oldest of them has waited; 0 when there is none.',
    labelNames: [],
    read: () => {
      if (dispatcher?.backlog === undefined) return [];
      const { oldestAt } = dispatcher.backlog;
      return [[{}, oldestAt === null ? 0 : Math.max(0, (clock.now() - oldestAt) / 1000)]];
    },
  });
}
