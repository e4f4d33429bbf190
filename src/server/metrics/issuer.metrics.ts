import { Injectable } from '@nestjs/common';
import { Histogram, Registry } from 'prom-client';
import { JwtVerifier } from '../../jwt/jwt.verifier.js';
import { readGauge } from './read-metric.js';

/** Whether the keys of token issuers can be had. Issuers are those of the configuration, never of a token. */
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
    jwts.fetches.listen(({ issuer, seconds: taken, isSuccess }) => {
      seconds.observe({ issuer, outcome: isSuccess ? 'success' : 'failure' }, taken);
    });
  }
}
