import { afterEach, expect, it, jest } from '@jest/globals';
import { version } from 'uuid';
import { newId, newIdAfter } from './new-id.js';

afterEach(() => void jest.restoreAllMocks());

const timeOf = (id: string) => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

it('makes UUIDs of version 7 with the current time', () => {
  const before = Date.now();
  const id = newId();
  expect(version(id)).toBe(7);
  expect(timeOf(id)).toBeGreaterThanOrEqual(before);
  expect(timeOf(id)).toBeLessThanOrEqual(Date.now());
});

it('makes each greater than the one before, within and across milliseconds', () => {
  const ids = Array.from({ length: 100_000 }, newId);
  expect(ids.every((id, index) => index === 0 || id > (ids[index - 1] ?? ''))).toBe(true);
});

it('still increases when the clock is set back', () => {
  const before = newId();
  jest.spyOn(Date, 'now').mockReturnValue(timeOf(before) - 60_000);
  expect(newId() > before).toBe(true);
});

it('makes one greater than that of a process whose clock is ahead, and increases from there', () => {
  const ahead = '0fffffff-ffff-7fff-bfff-ffffffffffff';
  const after = newIdAfter(ahead);
  expect(after > ahead).toBe(true);
  expect(newId() > after).toBe(true);
  const next = newIdAfter(ahead);
  expect(next > after).toBe(true);
});

it('never reuses random bits', () => {
  const ends = Array.from({ length: 2_000 }, () => newId().slice(-10));
  expect(new Set(ends).size).toBe(ends.length);
});
