import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { LimiterState } from '../../limits/rate-limiter.js';
import { readCounter, readGauge } from './read-metric.js';

/** Whether the limits of keys are shared by all replicas, and hold. */
@Injectable()
export class LimiterMetrics {
  constructor(registry: Registry, limiter: LimiterState) {
    readGauge(registry, {
      name: 'gatehouse_limiter_connected',
      help: '1 while limits are shared through Redis, 0 while each process counts by itself; kind is what is configured.',
      labelNames: ['kind'],
      read: () => [[{ kind: limiter.kind }, Number(limiter.isConnected)]],
    });
    readCounter(registry, {
      name: 'gatehouse_limiter_local_hits_total',
      help: 'Requests that this process counted by itself because Redis did not answer.',
      labelNames: [],
      read: () => [[{}, limiter.localHits]],
    });
  }
}
