import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';
import { KeyVerdictsService } from '../../api-keys/verify/key-verdicts.service.js';
import { DecisionCounts } from '../../auth/decision/decision-counts.js';
import { readCounter, readGauge, type Reading } from './read-metric.js';
import { UserVerifier } from '../../auth/verifiers/user.verifier.js';
import type { CacheOwner, CacheStats } from '../../database/lookup-cache.js';
import { AccountsService } from '../../identity/accounts.service.js';
import { leakOutcomes } from '../../leaks/leak-actions.js';
import { reportSources } from '../../leaks/leak-report.js';
import { LeakedKeysService } from '../../leaks/leaked-keys.service.js';
import { KeyCache } from '../../key-store/key-cache.js';
import { LimiterState } from '../../limits/rate-limiter.js';
import { JwtVerifier } from '../../jwt/jwt-verifier.js';

const decisionLabels = ['credential', 'outcome'] as const;

/** Decisions about the credentials of requests, and about keys sent to the verify endpoint. */
@Injectable()
export class DecisionMetrics {
  constructor(registry: Registry, decisions: DecisionCounts, verdicts: KeyVerdictsService) {
    readCounter(registry, {
      name: 'gatehouse_decisions_total',
      help: 'Credentials of requests that were checked, by kind and outcome.',
      labelNames: decisionLabels,
      read: () => readingsOf(decisions),
    });
    readCounter(registry, {
      name: 'gatehouse_verdicts_total',
      help: 'Keys that the verify endpoint checked, by kind and outcome.',
      labelNames: decisionLabels,
      read: () => readingsOf(verdicts.counts),
    });
  }
}

function* readingsOf(counts: DecisionCounts): Generator<Reading<(typeof decisionLabels)[number]>> {
  for (const [credential, outcome, count] of counts.entries()) yield [{ credential, outcome }, count];
}

/** What became of reports of leaked keys. */
@Injectable()
export class LeakMetrics {
  constructor(registry: Registry, { counts }: LeakedKeysService) {
    readCounter(registry, {
      name: 'gatehouse_leak_reports_total',
      help: 'Tokens reported as leaked, by who reported them and what became of them.',
      labelNames: ['source', 'outcome'],
      // An alert on the first report needs a zero to compare with.
      read: () =>
        reportSources.flatMap((source) =>
          leakOutcomes.map((outcome) => [{ source, outcome }, counts.of(`${source} ${outcome}`)] as const),
        ),
    });
  }
}

const labelNames = ['cache'] as const;

/** Hits, misses and size of the caches. */
@Injectable()
export class CacheMetrics {
  private readonly owners: readonly CacheOwner[];

  constructor(registry: Registry, keys: KeyCache, accounts: AccountsService, users: UserVerifier) {
    this.owners = [keys, accounts, users];
    readCounter(registry, {
      name: 'gatehouse_cache_hits_total',
      help: 'Lookups answered from the cache.',
      labelNames,
      read: () => this.readings(({ hits }) => hits),
    });
    readCounter(registry, {
      name: 'gatehouse_cache_misses_total',
      help: 'Lookups not answered from the cache.',
      labelNames,
      read: () => this.readings(({ misses }) => misses),
    });
    readGauge(registry, {
      name: 'gatehouse_cache_entries',
      help: 'Values in the cache.',
      labelNames,
      read: () => this.readings(({ size }) => size),
    });
  }

  private *readings(pick: (cache: CacheStats) => number): Generator<Reading<'cache'>> {
    for (const { caches } of this.owners) {
      for (const [cache, reading] of Object.entries(caches)) yield [{ cache }, pick(reading)];
    }
  }
}

/** Whether all replicas share the limits of keys. */
@Injectable()
export class LimiterMetrics {
  constructor(registry: Registry, limiter: LimiterState) {
    readGauge(registry, {
      name: 'gatehouse_limiter_connected',
      help: '1 while limits are shared through Redis, 0 while each process counts locally; kind is the configured store.',
      labelNames: ['kind'],
      read: () => [[{ kind: limiter.kind }, Number(limiter.isConnected)]],
    });
    readCounter(registry, {
      name: 'gatehouse_limiter_local_hits_total',
      help: 'Requests this process counted locally because Redis did not answer.',
      labelNames: [],
      read: () => [[{}, limiter.localHits]],
    });
  }
}

/** Whether the keys of token issuers are available. The issuers are those of the configuration, never of a token. */
@Injectable()
export class IssuerMetrics {
  constructor(registry: Registry, jwts: JwtVerifier) {
    readGauge(registry, {
      name: 'gatehouse_issuer_reachable',
      help: '1 while the tokens of an issuer can be verified, 0 while they cannot.',
      labelNames: ['issuer'],
      read: () => jwts.state().map(({ issuer, reachable }) => [{ issuer }, Number(reachable)]),
    });
    const seconds = new Histogram({
      name: 'gatehouse_jwks_fetch_duration_seconds',
      help: 'Fetches of the keys of an issuer.',
      labelNames: ['issuer', 'outcome'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers: [registry],
    });
    jwts.fetches.subscribe(({ issuer, seconds: taken, isSuccess }) => {
      seconds.observe({ issuer, outcome: isSuccess ? 'success' : 'failure' }, taken);
    });
  }
}
