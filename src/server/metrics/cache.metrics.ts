import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { UserVerifier } from '../../auth/verifiers/user.verifier.js';
import type { CacheOwner, CacheReading } from '../../database/cache-reading.js';
import { AccountsService } from '../../identity/accounts.service.js';
import { KeyCache } from '../../key-store/key-cache.js';
import { readCounter, readGauge, type Reading } from './read-metric.js';

const labelNames = ['cache'] as const;

/** How well what is remembered serves. */
@Injectable()
export class CacheMetrics {
  private readonly owners: readonly CacheOwner[];

  constructor(registry: Registry, keys: KeyCache, accounts: AccountsService, users: UserVerifier) {
    this.owners = [keys, accounts, users];
    readCounter(registry, {
      name: 'gatehouse_cache_hits_total',
      help: 'Lookups that were answered from memory.',
      labelNames,
      read: () => this.readings(({ hits }) => hits),
    });
    readCounter(registry, {
      name: 'gatehouse_cache_misses_total',
      help: 'Lookups that were not answered from memory.',
      labelNames,
      read: () => this.readings(({ misses }) => misses),
    });
    readGauge(registry, {
      name: 'gatehouse_cache_entries',
      help: 'Values kept in memory.',
      labelNames,
      read: () => this.readings(({ size }) => size),
    });
  }

  private *readings(pick: (cache: CacheReading) => number): Generator<Reading<'cache'>> {
    for (const { caches } of this.owners) {
      for (const [cache, reading] of Object.entries(caches)) yield [{ cache }, pick(reading)];
    }
  }
}
