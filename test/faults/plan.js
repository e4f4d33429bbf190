import * as clockBack from './faults/clock-back.js';
import * as clockForward from './faults/clock-forward.js';
import * as diskFull from './faults/disk-full.js';
import * as idleConnections from './faults/idle-connections.js';
import * as killedPostgres from './faults/killed-in-writes-postgres.js';
import * as killedSqlite from './faults/killed-in-writes-sqlite.js';
import * as sigterm from './faults/sigterm-under-load.js';
import * as sqliteLocked from './faults/sqlite-locked.js';
import * as slowClients from './faults/slow-clients.js';
import {
  issuerKeysDown,
  issuerKeysGarbage,
  issuerKeysHanging,
  issuerKeysRedirecting,
} from './faults/issuer-keys-answers.js';
import * as issuerKeysHuge from './faults/issuer-keys-huge.js';
import * as issuerKeysLost from './faults/issuer-keys-lost.js';
import * as issuerKeysRotating from './faults/issuer-keys-rotating.js';
import { oldPrimaryLives, toStandby } from './faults/postgres-failover.js';
import * as postgresKilled from './faults/postgres-killed.js';
import * as postgresLocked from './faults/postgres-locked.js';
import * as postgresPaused from './faults/postgres-paused.js';
import * as postgresReadOnly from './faults/postgres-read-only.js';
import * as postgresSlow from './faults/postgres-slow.js';
import * as redisBlackholed from './faults/redis-blackholed.js';
import * as redisKilled from './faults/redis-killed.js';
import * as replicaCutOff from './faults/replica-cut-off.js';
import * as upgrade from './faults/upgrade.js';

/**
 * All faults, in two rows that go on side by side: those of PostgreSQL and Redis, which share replicas, and those that have a
 * server of their own. In a row one comes after the other; those in one list at the same time.
 */
const plan = [
  [
    [postgresKilled],
    [postgresReadOnly],
    [postgresSlow],
    [postgresLocked],
    [replicaCutOff],
    [redisKilled],
    [redisBlackholed],
    [killedPostgres],
    [sigterm],
  ],
  [
    [toStandby],
    [oldPrimaryLives],
    [issuerKeysDown, issuerKeysHanging, issuerKeysGarbage],
    [issuerKeysHuge, issuerKeysRedirecting, issuerKeysLost, issuerKeysRotating, slowClients],
    [clockForward, clockBack],
    [diskFull],
    [killedSqlite],
    [upgrade],
  ],
];

/** Those that take the whole processor, also when they end, afterwards, one by one. */
const alone = [postgresPaused, sqliteLocked, idleConnections];

/** Those whose name holds `only`, whatever the case; all of them without it. */
export function chosen(only = '') {
  const isChosen = ({ name }) => name.toLowerCase().includes(only.toLowerCase());
  return {
    sideBySide: plan.map((row) => row.map((together) => together.filter(isChosen))),
    alone: alone.filter(isChosen).map((fault) => [fault]),
  };
}
