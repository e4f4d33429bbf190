import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

// Plain JavaScript without types, as all of that suite is.
const { missedAims } = await import(join(import.meta.dirname, '../abuse/harness/judge.js'));

const good = (p99: number, rejected = {}) => ({ count: 100, p50: 2, p99, rejected });
const row = {
  connections: 1,
  before: good(10),
  during: good(200),
  peak: 250,
  slowdown: 1,
  isAlive: true,
  counts: new Map([['200', 5]]),
};

describe('the judgement of an attack', () => {
  it('finds nothing when every aim is met', () => {
    expect(missedAims(row)).toEqual([]);
    expect(missedAims({ ...row, connections: 50, during: good(1_000), peak: 300 })).toEqual([]);
    expect(missedAims({ ...row, counts: new Map([['429', 9]]) })).toEqual([]);
  });

  it.each<[string, object]>([
    ['the service did not survive', { isAlive: false }],
    ['good p99 300 ms, at most 260', { during: good(300) }],
    ['good p99 1011 ms, at most 1010', { connections: 50, during: good(1_011) }],
    ['good p99 NaN ms, at most 260', { during: { rejected: {} } }],
    ['301 MiB, at most 300', { peak: 301 }],
    ['good requests rejected: 503, 1 times', { during: good(200, { '503': 1 }) }],
    ['good requests rejected: 429, 2 times', { before: good(10, { '429': 2 }) }],
    ['answered the attacker 500, 3 times', { counts: new Map([['500', 3]]) }],
    [
      'answered the attacker 429 without Retry-After, 1 times',
      { counts: new Map([['429 without Retry-After', 1]]) },
    ],
    ['the attack did nothing', { counts: new Map() }],
  ])('names what was missed: %s', (aim, figures) => {
    expect(missedAims({ ...row, ...figures })).toEqual([aim]);
  });

  it('grants a machine that has other work that much more time, up to four times', () => {
    expect(missedAims({ ...row, slowdown: 2, during: good(510) })).toEqual([]);
    expect(missedAims({ ...row, slowdown: 9, during: good(1_011) })).toHaveLength(1);
  });

  it('grants three times as much for p99 and a fifth more memory where it is lenient, and nothing else', () => {
    expect(missedAims({ ...row, during: good(750), peak: 360 }, true)).toEqual([]);
    expect(missedAims({ ...row, during: good(800), peak: 361 }, true)).toHaveLength(2);
    expect(missedAims({ ...row, isAlive: false, counts: new Map([['500', 1]]) }, true)).toHaveLength(2);
  });

  it('grants a slow machine what it needed before, up to the aim once more', () => {
    expect(missedAims({ ...row, before: good(100), during: good(350) })).toEqual([]);
    expect(missedAims({ ...row, before: good(5_000), during: good(501) })).toHaveLength(1);
  });
});
