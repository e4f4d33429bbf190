import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';
import type { ChangeFeedState } from '../../database/change-feed-state.js';
import { Database } from '../../database/database.js';
import { readCounter, readGauge, type Reading } from './read-metric.js';

/** How well processes hear of each other's changes. Without a feed, as on SQLite, there is nothing to show. */
@Injectable()
export class ChangeFeedMetrics {
  constructor(
    registry: Registry,
    private readonly database: Database,
  ) {
    const labelNames: readonly never[] = [];
    readGauge(registry, {
      name: 'gatehouse_change_feed_connected',
      help: '1 while this process hears of the changes of others, 0 while it does not.',
      labelNames,
      read: () => this.read(({ connected }) => Number(connected)),
    });
    readCounter(registry, {
      name: 'gatehouse_change_feed_reconnects_total',
      help: 'How often the feed had to be connected anew.',
      labelNames,
      read: () => this.read(({ reconnects }) => reconnects),
    });
    readGauge(registry, {
      name: 'gatehouse_change_feed_lag_seconds',
      help: 'How long the last test of the feed took to come back, one each second.',
      labelNames,
      read: () => this.read(({ lagSeconds }) => lagSeconds),
    });
    const seconds = new Histogram({
      name: 'gatehouse_propagation_seconds',
      help: 'How long a change waited until all other processes had confirmed it.',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    database.propagations.listen((taken) => seconds.observe(taken));
  }

  private read(pick: (state: ChangeFeedState) => number | null): Reading<never>[] {
    const state = this.database.changeFeedState();
    const value = state === null ? null : pick(state);
    return value === null ? [] : [[{}, value]];
  }
}
