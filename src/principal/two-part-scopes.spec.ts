import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { holdsScope, type Scope, scopesLackedBy, sharedScopes } from './scopes.js';

/**
 * What every pair of two-part scopes meant before scopes could have more parts. A line is the digit of a scope, the
 * scope, and a character for each scope in the order of the lines: as granted scope it covers that one for an API key
 * (`k`), for a tool key too (`a`), or not (`.`); and the digit of the scope that the two share.
 */
const rows = readFileSync(join(import.meta.dirname, 'two-part-scopes.txt'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => line.split(/ +/) as [digit: string, scope: Scope, covered: string, shared: string]);
const scopeOf = new Map(rows.map(([digit, scope]) => [digit, scope]));
const pairs = rows.flatMap(([, granted, covered, shared]) =>
  rows.map(([, required], index) => ({
    granted,
    required,
    before: {
      key: covered[index] !== '.',
      toolKey: covered[index] === 'a',
      shared: scopeOf.get(shared[index] ?? '') ?? null,
    },
  })),
);
type Pair = (typeof pairs)[number];

function now({ granted, required }: Pair): Pair['before'] {
  const lacked = (type?: string) =>
    scopesLackedBy({ scopes: [granted], ...(type && { source: { type } }) }, [required]).length > 0;
  const key = holdsScope([granted], required);
  expect([lacked(), lacked('api_key'), lacked('jwt')]).toEqual([!key, !key, !key]);
  const shared = sharedScopes([granted], [required]);
  expect(shared.length).toBeLessThanOrEqual(1);
  return { key, toolKey: !lacked('tool_key'), shared: shared[0] ?? null };
}

const firstOf = (scope: Scope) => scope.slice(0, scope.indexOf(':'));
const isNewlyReserved = (scope: Scope) => ['members', 'trust-rules'].includes(firstOf(scope));

it('the table has every pair of 32 scopes', () => {
  expect(pairs).toHaveLength(32 * 32);
  expect(pairs.filter(({ before }) => before.key).length).toBeGreaterThan(90);
});

/** A wildcard reaches nothing reserved, so `api-keys:*` is all below `api-keys` but that. */
const ofKeyManagement = new Map<string, Pair['before']>([
  ['*:* api-keys:*', { key: true, toolKey: false, shared: 'api-keys:*' }],
  ['api-keys:* *:*', { key: false, toolKey: false, shared: 'api-keys:*' }],
  ['api-keys:* api-keys:write', { key: false, toolKey: false, shared: null }],
  ['api-keys:write api-keys:*', { key: false, toolKey: false, shared: null }],
]);

it('no pair of two-part scopes has changed, except for members, trust-rules and api-keys:*', () => {
  for (const pair of pairs) {
    if (isNewlyReserved(pair.granted) || isNewlyReserved(pair.required)) continue;
    const changed = ofKeyManagement.get(`${pair.granted} ${pair.required}`);
    if (changed !== undefined) {
      expect({ ...pair, now: now(pair) }).toEqual({ ...pair, now: changed });
      continue;
    }
    expect({ ...pair, now: now(pair) }).toEqual({ ...pair, now: pair.before });
  }
});

it('members and trust-rules are reserved now: out of reach of wildcards, and of tool keys', () => {
  for (const pair of pairs) {
    const { granted, required, before } = pair;
    if (!isNewlyReserved(granted) && !isNewlyReserved(required)) continue;
    const isNamed = firstOf(granted) === firstOf(required);
    const expected = {
      key: before.key && isNamed,
      toolKey: before.toolKey && !isNewlyReserved(required),
      shared: isNamed ? before.shared : null,
    };
    expect({ ...pair, now: now(pair) }).toEqual({ ...pair, now: expected });
  }
});
