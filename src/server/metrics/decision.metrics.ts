import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';
import { KeyVerdictsService } from '../../api-keys/verify/key-verdicts.service.js';
import { type DecisionCounts, Decisions } from '../../auth/decision-counts.js';
import { readCounter, type Reading } from './read-metric.js';

const labelNames = ['credential', 'outcome'] as const;

/** What was decided about credentials: those of requests, and those that the verify endpoint was asked about. */
@Injectable()
export class DecisionMetrics {
  constructor(registry: Registry, decisions: Decisions, verdicts: KeyVerdictsService) {
    readCounter(registry, {
      name: 'gatehouse_decisions_total',
      help: 'Credentials of requests that were judged, by kind and outcome.',
      labelNames,
      read: () => readingsOf(decisions),
    });
    readCounter(registry, {
      name: 'gatehouse_verdicts_total',
      help: 'Keys that the verify endpoint was asked about, by kind and outcome.',
      labelNames,
      read: () => readingsOf(verdicts.counts),
    });
  }
}

function* readingsOf(counts: DecisionCounts): Generator<Reading<(typeof labelNames)[number]>> {
  for (const [credential, outcome, count] of counts.entries()) yield [{ credential, outcome }, count];
}
