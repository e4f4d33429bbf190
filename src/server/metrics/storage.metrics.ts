import { Injectable, Optional } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { type ChangeFeedState, Database, type DatabaseCall } from '../../database/database.js';
import { readCounter, readGauge, type Reading } from './read-metric.js';
import { AuditTrail } from '../../audit/audit-trail.js';
import { AuditDispatcher } from '../../audit/audit-dispatcher.js';
import { Clock } from '../../support/clock.js';
import { RejectionRecorder } from '../../usage/sampled-events.js';

const kinds: readonly DatabaseCall['kind'][] = ['read', 'write', 'ping'];

/** Duration and failures of database calls. */
@Injectable()
export class DatabaseMetrics {
  constructor(registry: Registry, database: Database) {
    const seconds = new Histogram({
      name: 'gatehouse_database_duration_seconds',
      help: 'Duration of database calls; a write on SQLite includes the wait for its turn.',
      labelNames: ['kind'],
      buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    const faults = new Counter({
      name: 'gatehouse_database_faults_total',
      help: 'Calls that failed because of the database or the connection to it.',
      labelNames: ['kind'],
      registers: [registry],
    });
    // An alert on the first fault needs a zero to compare with.
    for (const kind of kinds) {
      seconds.zero({ kind });
      faults.inc({ kind }, 0);
    }
    database.calls.subscribe(({ kind, seconds: taken, isFault }) => {
      seconds.observe({ kind }, taken);
      if (isFault) faults.inc({ kind });
    });
  }
}

/** The state of the change feed between processes. On SQLite there is none, and no series. */
@Injectable()
export class ChangeFeedMetrics {
  constructor(
    registry: Registry,
    private readonly database: Database,
  ) {
    const labelNames: readonly never[] = [];
    readGauge(registry, {
      name: 'gatehouse_change_feed_connected',
      help: '1 while this process receives the changes of other processes, 0 while it does not.',
      labelNames,
      read: () => this.read(({ connected }) => Number(connected)),
    });
    readCounter(registry, {
      name: 'gatehouse_change_feed_reconnects_total',
      help: 'Number of times the feed reconnected.',
      labelNames,
      read: () => this.read(({ reconnects }) => reconnects),
    });
    readGauge(registry, {
      name: 'gatehouse_change_feed_lag_seconds',
      help: 'Round-trip time of the last test of the feed, made every second.',
      labelNames,
      read: () => this.read(({ lagSeconds }) => lagSeconds),
    });
    const seconds = new Histogram({
      name: 'gatehouse_propagation_seconds',
      help: 'How long a change waited until all other processes had confirmed it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    database.propagations.subscribe((taken) => seconds.observe(taken));
  }

  private read(pick: (state: ChangeFeedState) => number | null): Reading<never>[] {
    const state = this.database.changeFeedState();
    const value = state === null ? null : pick(state);
    return value === null ? [] : [[{}, value]];
  }
}

/** Events of the audit trail, and rejections that are only counted. */
@Injectable()
export class AuditMetrics {
  constructor(
    registry: Registry,
    audit: AuditTrail,
    rejections: RejectionRecorder,
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
      help: 'Rejections by how they were recorded: as their own event, counted in the next event, or not at all.',
      labelNames: ['fate'],
      read: () => rejections.counts.entries().map(([fate, count]) => [{ fate }, count]),
    });
    readGauge(registry, {
      name: 'gatehouse_audit_refusals_waiting',
      help: 'Rejection events waiting to be written.',
      labelNames: [],
      read: () => [[{}, rejections.waiting]],
    });
    addSinkMetrics(registry, clock, dispatcher);
  }
}

/** These series have no value without a sink. */
function addSinkMetrics(registry: Registry, clock: Clock, dispatcher?: AuditDispatcher): void {
  const outcomes = ['sent', 'failed', 'refused'] as const;
  readCounter(registry, {
    name: 'gatehouse_audit_sink_events_total',
    help: 'Events the audit sink accepted, failed deliveries, and events it rejected when sent alone.',
    labelNames: ['outcome'],
    read: () => (dispatcher ? outcomes.map((outcome) => [{ outcome }, dispatcher.counts.of(outcome)]) : []),
  });
  readGauge(registry, {
    name: 'gatehouse_audit_outbox_events',
    help: 'Events waiting for the audit sink, over all processes.',
    labelNames: [],
    read: () => (dispatcher?.backlog === undefined ? [] : [[{}, dispatcher.backlog.events]]),
  });
  readGauge(registry, {
    name: 'gatehouse_audit_outbox_oldest_seconds',
    help: 'How long the oldest waiting event has waited; 0 if none waits.',
    labelNames: [],
    read: () => {
      if (dispatcher?.backlog === undefined) return [];
      const { oldestAt } = dispatcher.backlog;
      return [[{}, oldestAt === null ? 0 : Math.max(0, (clock.now() - oldestAt) / 1000)]];
    },
  });
}
