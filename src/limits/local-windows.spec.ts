import { beforeEach, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LocalWindows } from './local-windows.js';

let ticks: number;
let known: LocalWindows;

const clock = Object.assign(new Clock(), { ticks: () => ticks });

beforeEach(() => {
  ticks = 1_000;
  known = new LocalWindows(clock);
});

it('claims a whole window for a key of which it knows nothing', () => {
  expect(known.read('a')).toBeUndefined();
  expect(known.claim('a', 60)).toEqual({ told: 0, id: '', owed: 0, millisecondsLeft: 60_000, at: 1_000 });
});

it('goes on from what it was told, and claims what it counted since, once', () => {
  known.learn('a', { count: 30, millisecondsLeft: 10_000, id: 'w' }, ticks);
  ticks += 4_000;
  known.owe('a', 60, 5);
  expect(known.read('a')).toEqual({ count: 35, millisecondsLeft: 6_000 });
  const claim = { told: 30, id: 'w', millisecondsLeft: 6_000, at: ticks };
  expect(known.claim('a', 60)).toEqual({ ...claim, owed: 5 });
  expect(known.claim('a', 60)).toEqual({ ...claim, owed: 0 });
});

it('ends a window by the time at which it was asked about, and not by when the answer came', () => {
  const askedAt = ticks;
  ticks += 40;
  known.learn('a', { count: 30, millisecondsLeft: 100, id: 'w' }, askedAt);
  expect(known.read('a')).toEqual({ count: 30, millisecondsLeft: 60 });
  ticks += 60;
  expect(known.read('a')).toBeUndefined();
  expect(known.claim('a', 60)).toMatchObject({ told: 0, id: '', owed: 0 });
});

it('owes nothing of a window that has ended', () => {
  known.owe('a', 1, 5);
  ticks += 1_000;
  known.owe('a', 1, 2);
  expect(known.read('a')).toEqual({ count: 2, millisecondsLeft: 1_000 });
});

it('still owes what was counted while Redis was answering', () => {
  known.learn('a', { count: 30, millisecondsLeft: 10_000, id: 'w' }, ticks);
  known.owe('a', 60, 2);
  known.learn('a', { count: 31, millisecondsLeft: 10_000, id: 'w' }, ticks);
  expect(known.read('a')).toMatchObject({ count: 33 });
});

it('forgets the least recently used window when there are too many', () => {
  known = new LocalWindows(clock, 2);
  for (const key of ['a', 'b', 'b', 'c']) known.owe(key, 60, 1);
  expect(known.read('a')).toBeUndefined();
  expect(known.read('b')).toMatchObject({ count: 2 });
});
