import { describe, expect, it } from '@jest/globals';
import { bodyBounds, findExcess } from './json.js';

const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
const wide = (members: number) =>
  Object.fromEntries(Array.from({ length: members }, (_, index) => [`f${index}`, 1]));

describe('excessOf', () => {
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'a'],
    ['a text of exactly the most characters', 'a'.repeat(bodyBounds.characters)],
    ['exactly the deepest', nested(bodyBounds.depth)],
    ['exactly the most members', wide(bodyBounds.members)],
    ['names of the prototype that are plain values', { constructor: 'a', toString: 1, hasOwnProperty: null }],
  ])('finds nothing in %s', (_what, value) => {
    expect(findExcess(value, bodyBounds)).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['one level more', nested(bodyBounds.depth + 1), 'depth'],
    ['a million levels', nested(1_000_000), 'depth'],
    ['deep below a name', { a: [{ b: nested(50) }] }, 'depth'],
    ['one member more', wide(bodyBounds.members + 1), 'members'],
    ['a million members', Array.from({ length: 1_000_000 }, () => 1), 'members'],
    [
      'members of many lists',
      Array.from({ length: 100 }, () => Array.from({ length: 51 }, () => 1)),
      'members',
    ],
    ['one character more', 'a'.repeat(bodyBounds.characters + 1), 'characters'],
    ['a long name', { ['a'.repeat(bodyBounds.characters + 1)]: 1 }, 'characters'],
    ['many texts', Array.from({ length: 200 }, () => 'a'.repeat(400)), 'characters'],
    ['__proto__', JSON.parse('{"a":[{"__proto__":{}}]}'), 'prototype'],
    ['the prototype of a constructor', JSON.parse('{"constructor":{"prototype":{}}}'), 'prototype'],
  ])('finds %s', (_what, value, excess) => {
    expect(findExcess(value, bodyBounds)).toBe(excess);
  });

  it('terminates for a circular value', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(findExcess(loop, bodyBounds)).toBe('depth');
  });
});
