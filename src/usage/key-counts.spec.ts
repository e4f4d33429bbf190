import { describe, expect, it } from '@jest/globals';
import { KeyCounts } from './key-counts.js';

const hour = 3_600_000;

describe('KeyCounts', () => {
  it('counts by key, hour and outcome, and hands it over in order and once', () => {
    const counts = new KeyCounts(10);
    counts.add('b', 'VALID', 2 * hour);
    counts.add('a', 'VALID', 2 * hour);
    counts.add('a', 'REVOKED', 2 * hour - 1);
    counts.add('a', 'EXPIRED', 2 * hour - 1);
    counts.add('a', 'VALID', 3 * hour - 1);
    const taken = [
      { keyId: 'a', hour: 1, outcome: 'EXPIRED', count: 1 },
      { keyId: 'a', hour: 1, outcome: 'REVOKED', count: 1 },
      { keyId: 'a', hour: 2, outcome: 'VALID', count: 2 },
      { keyId: 'b', hour: 2, outcome: 'VALID', count: 1 },
    ];
    expect(counts.ofKey('b')).toEqual(taken.slice(3));
    expect(counts.take()).toEqual(taken);
    expect(counts.take()).toEqual([]);
  });

  it('adds what comes back to what came meanwhile', () => {
    const counts = new KeyCounts(10);
    counts.add('a', 'VALID', 0);
    const taken = counts.take();
    counts.add('a', 'VALID', 0);
    counts.restore(taken);
    counts.add('a', 'VALID', 0);
    expect(counts.take()).toEqual([{ keyId: 'a', hour: 0, outcome: 'VALID', count: 3 }]);
  });

  it('has no room for more than it may keep, goes on with what it has, and says how much was lost', () => {
    const counts = new KeyCounts(1);
    for (const keyId of ['a', 'b', 'a', 'b']) counts.add(keyId, 'VALID', 0);
    expect(counts.takeLost()).toBe(2);
    expect(counts.takeLost()).toBe(0);
    expect(counts.take()).toEqual([{ keyId: 'a', hour: 0, outcome: 'VALID', count: 2 }]);
    counts.add('b', 'VALID', 0);
    expect(counts.takeLost()).toBe(0);
  });
});
