import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';
import { Database } from '../../database/database.js';
import type { DatabaseAnswer } from '../../database/database-answer.js';

const kinds: readonly DatabaseAnswer['kind'][] = ['read', 'write', 'ping'];

/** How long the database takes, and how often it fails. */
@Injectable()
export class DatabaseMetrics {
  constructor(registry: Registry, database: Database) {
    const seconds = new Histogram({
      name: 'gatehouse_database_duration_seconds',
      help: 'Calls to the database; for a write on SQLite with the wait for its turn.',
      labelNames: ['kind'],
      buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    const faults = new Counter({
      name: 'gatehouse_database_faults_total',
      help: 'Calls that failed because of the database or the way to it.',
      labelNames: ['kind'],
      registers: [registry],
    });
    // An alert on the first fault needs a zero to compare with.
    for (const kind of kinds) {
      seconds.zero({ kind });
      faults.inc({ kind }, 0);
    }
    database.answers.listen(({ kind, seconds: taken, isFault }) => {
      seconds.observe({ kind }, taken);
      if (isFault) faults.inc({ kind });
    });
  }
}
