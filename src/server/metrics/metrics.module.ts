import { Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { AuditModule } from '../../audit/audit.module.js';
import { ClockModule } from '../../support/clock.js';
import { AuditMetrics, ChangeFeedMetrics, DatabaseMetrics } from './storage.metrics.js';
import {
  CacheMetrics,
  DecisionMetrics,
  IssuerMetrics,
  LeakMetrics,
  LimiterMetrics,
} from './credential.metrics.js';
import { MetricsServer } from './metrics.server.js';
import { RequestMetrics } from './request.metrics.js';

/** Metrics for Prometheus. Imported only if metrics are enabled: otherwise nothing is timed. */
@Module({
  imports: [AuditModule, ClockModule],
  providers: [
    // One for each application: a process may run several.
    { provide: Registry, useFactory: registryOfProcess },
    RequestMetrics,
    DecisionMetrics,
    CacheMetrics,
    DatabaseMetrics,
    ChangeFeedMetrics,
    IssuerMetrics,
    LeakMetrics,
    AuditMetrics,
    LimiterMetrics,
    MetricsServer,
  ],
})
export class MetricsModule {}

/** Begins with what is true of any Node process: memory, CPU, garbage collection, delays of the event loop. */
function registryOfProcess(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
