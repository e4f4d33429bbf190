import { beforeEach, expect, it } from '@jest/globals';
import { Clock } from '../support/clock.js';
import { LocalWindows } from './local-windows.js';

let ticks: number;
let windows: LocalWindows;

const clock = Object.assign(new Clock(), { ticks: () => ticks });

beforeEach(() => {
  ticks = 1_000;
  windows = new LocalWindows(clock);
});

it('reports a whole window for an unknown key', () => {
  expect(windows.read('a')).toBeUndefined();
  expect(windows.takeReport('a', 60)).toEqual({
    reported: 0,
    id: '',
    uncounted: 0,
    millisecondsLeft: 60_000,
    at: 1_000,
  });
});

it('continues from the count of Redis, and reports its own counts once', () => {
  windows.update('a', { count: 30, millisecondsLeft: 10_000, id: 'w' }, ticks);
  ticks += 4_000;
  windows.add('a', 60, 5);
  expect(windows.read('a')).toEqual({ count: 35, millisecondsLeft: 6_000 });
  const report = { reported: 30, id: 'w', millisecondsLeft: 6_000, at: ticks };
  expect(windows.takeReport('a', 60)).toEqual({ ...report, uncounted: 5 });
  expect(windows.takeReport('a', 60)).toEqual({ ...report, uncounted: 0 });
});

it('ends a window by the time of the request, not of the response', () => {
  const askedAt = ticks;
  ticks += 40;
  windows.update('a', { count: 30, millisecondsLeft: 100, id: 'w' }, askedAt);
  expect(windows.read('a')).toEqual({ count: 30, millisecondsLeft: 60 });
  ticks += 60;
  expect(windows.read('a')).toBeUndefined();
  expect(windows.takeReport('a', 60)).toMatchObject({ reported: 0, id: '', uncounted: 0 });
});

it('reports nothing of a window that has ended', () => {
  windows.add('a', 1, 5);
  ticks += 1_000;
  windows.add('a', 1, 2);
  expect(windows.read('a')).toEqual({ count: 2, millisecondsLeft: 1_000 });
});

it('keeps what was counted while Redis was answering', () => {
  windows.update('a', { count: 30, millisecondsLeft: 10_000, id: 'w' }, ticks);
  windows.add('a', 60, 2);
  windows.update('a', { count: 31, millisecondsLeft: 10_000, id: 'w' }, ticks);
  expect(windows.read('a')).toMatchObject({ count: 33 });
});

it('drops the least recently used window when there are too many', () => {
  windows = new LocalWindows(clock, 2);
  for (const key of ['a', 'b', 'b', 'c']) windows.add(key, 60, 1);
  expect(windows.read('a')).toBeUndefined();
  expect(windows.read('b')).toMatchObject({ count: 2 });
});
