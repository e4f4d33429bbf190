import { beforeEach, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { ConnectionLog } from './redis-connection.js';
import { explainHandshake, redisFailureOf } from './redis-failure.js';
import { TimeoutError } from '../support/timers.js';

const gone = new Error('gone');
let ticks: number;
let logged: string[];
let log: ConnectionLog;

beforeEach(() => {
  ticks = 1_000_000;
  logged = [];
  const clock = Object.assign(new Clock(), { ticks: () => ticks });
  log = new ConnectionLog(clock, {
    warn: () => void logged.push('gone'),
    log: () => void logged.push('back'),
  });
});

it('logs once that Redis is lost, however often that is reported, and once that it is back', () => {
  for (let n = 0; n < 1_000; n += 1, ticks += 1_000) log.lost(gone);
  log.back();
  log.back();
  expect(logged).toEqual(['gone', 'back']);
});

it('logs nothing about a connection that was never lost', () => {
  log.back();
  expect(logged).toEqual([]);
});

it('does not log every loss of an unstable connection', () => {
  for (let n = 0; n < 100; n += 1, ticks += 100) {
    log.lost(gone);
    log.back();
  }
  expect(logged).toEqual(['gone', 'back', 'gone', 'back']);
});

it('logs a loss soon after the last one if it persists', () => {
  log.lost(gone);
  log.back();
  for (let n = 0; n < 10; n += 1, ticks += 1_000) log.lost(gone);
  log.back();
  expect(logged).toEqual(['gone', 'back', 'gone', 'back']);
});

it.each(['ECONNRESET', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'])(
  '%s in a handshake may mean that the server asks for a client certificate',
  (code) => {
    const error = explainHandshake(Object.assign(new Error('alert'), { code }));
    expect(redisFailureOf(error)).toMatch(`${code}: the server may ask for a client certificate`);
  },
);

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

it.each<[unknown, string]>([
  [new TimeoutError(50), 'no answer within 50 ms'],
  [Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:6379'), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
  [reply("READONLY You can't write against a read only replica."), 'it answers READONLY'],
  [reply('ERR unknown command `AUTH`, with args beginning with: `s3cret`'), 'it answers ERR'],
  [reply('s3cret'), 'the connection was lost'],
  [new Error('s3cret'), 'the connection was lost'],
  [undefined, 'the connection was lost'],
])('%s', (error, reason) => expect(redisFailureOf(error)).toBe(reason));
