import { expect, it } from '@jest/globals';
import { holdsScope, type Scope, sharedScopes } from './scopes.js';

const scopesOf = (parts: readonly string[], maxLength: number): Scope[] => {
  const longer = (scopes: readonly string[]) =>
    scopes.flatMap((scope) => parts.map((part) => `${scope}:${part}`));
  const lists = [longer(parts)];
  while (lists.length < maxLength - 1) lists.push(longer(lists.at(-1) ?? []));
  return lists.flat() as Scope[];
};

/** All scopes of two to four of these parts, and what they stand for: longer, and with a part that no scope has. */
const scopes = scopesOf(['*', 'x', 'api-keys', 'write'], 4);
const concrete = scopesOf(['x', 'api-keys', 'write', 'other'], 5);

const isReserved = (scope: string) => /^api-keys:write(?::|$)/.test(scope);

/** Of `concrete`, by regular expressions: independent of the code under test. */
const standsFor = new Map(
  scopes.map((scope) => {
    const shape = scope
      .split(':')
      .map((part) => (part === '*' ? '[^:]+' : part))
      .join(':');
    const pattern = new RegExp(`^${shape}${scope.endsWith('*') ? '(?::[^:]+)*' : ''}$`);
    const isReached = (one: string) => pattern.test(one) && (!isReserved(one) || isReserved(scope));
    return [scope, new Set(concrete.filter(isReached))] as const;
  }),
);
const allOf = (scope: Scope): ReadonlySet<Scope> => standsFor.get(scope) ?? new Set();
const isSubset = (some: ReadonlySet<Scope>, others: ReadonlySet<Scope>) => {
  if (some.size > others.size) return false;
  for (const one of some) if (!others.has(one)) return false;
  return true;
};

const faultsOf = (isFault: (one: Scope, other: Scope) => boolean) =>
  scopes.flatMap((one) =>
    scopes.filter((other) => isFault(one, other)).map((other) => `${one} and ${other}`),
  );

it('a scope covers another exactly if it covers everything that the other stands for', () => {
  expect(scopes).toHaveLength(4 ** 2 + 4 ** 3 + 4 ** 4);
  expect(faultsOf((one, other) => holdsScope([one], other) !== isSubset(allOf(other), allOf(one)))).toEqual(
    [],
  );
});

it('a concrete scope is covered exactly by the scopes that stand for it', () => {
  const wrong = scopes.flatMap((scope) =>
    concrete.filter((one) => holdsScope([scope], one) !== allOf(scope).has(one)),
  );
  expect(wrong).toEqual([]);
});

it('covering is reflexive and transitive', () => {
  const covered = scopes.map((one) => scopes.map((other) => holdsScope([one], other)));
  expect(covered.every((row, index) => row[index])).toBe(true);
  const isTransitive = covered.every((row) =>
    row.every((covers, middle) => !covers || covered[middle]?.every((last, index) => !last || row[index])),
  );
  expect(isTransitive).toBe(true);
});

it('two scopes share the widest scope that both cover, in either order', () => {
  const isWrong = (one: Scope, other: Scope) => {
    const [shared, ...more] = sharedScopes([one], [other]);
    const [reversed] = sharedScopes([other], [one]);
    if (shared !== reversed || more.length > 0) return true;
    const both = [...allOf(one)].filter((each) => allOf(other).has(each));
    if (shared === undefined) return both.length > 0;
    if (!holdsScope([one], shared) || !holdsScope([other], shared)) return true;
    return !isSubset(new Set(both), allOf(shared));
  };
  expect(faultsOf(isWrong)).toEqual([]);
});
