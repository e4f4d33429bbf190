import { beforeEach, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LossLog } from './loss-log.js';

const gone = new Error('gone');
let ticks: number;
let said: string[];
let log: LossLog;

beforeEach(() => {
  ticks = 1_000_000;
  said = [];
  const clock = Object.assign(new Clock(), { ticks: () => ticks });
  log = new LossLog(clock, { warn: () => void said.push('gone'), log: () => void said.push('back') });
});

it('says once that Redis is gone, however often it hears so, and once that it is back', () => {
  for (let n = 0; n < 1_000; n += 1, ticks += 1_000) log.lost(gone);
  log.back();
  log.back();
  expect(said).toEqual(['gone', 'back']);
});

it('says nothing of a link that was never lost', () => {
  log.back();
  expect(said).toEqual([]);
});

it('does not tell of every loss when the link comes and goes', () => {
  for (let n = 0; n < 100; n += 1, ticks += 100) {
    log.lost(gone);
    log.back();
  }
  expect(said).toEqual(['gone', 'back', 'gone', 'back']);
});

it('tells of a loss soon after the last one when it lasts', () => {
  log.lost(gone);
  log.back();
  for (let n = 0; n < 10; n += 1, ticks += 1_000) log.lost(gone);
  log.back();
  expect(said).toEqual(['gone', 'back', 'gone', 'back']);
});
