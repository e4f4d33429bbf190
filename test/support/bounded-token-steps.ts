import fc from 'fast-check';

/** Scopes to ask for: some that the caller holds, chosen by number, or these whatever it holds; `undefined` for none. */
type ScopeWish = { readonly held: readonly number[] } | readonly string[] | null | undefined;

/** When a key is to end: seconds after the `exp` of the token, or from now. */
export type EndWish = { readonly afterExp: number } | { readonly fromNow: number } | null | undefined;

export interface KeyWish {
  readonly scopes?: ScopeWish;
  readonly role?: 'read_only' | 'write_agent' | 'admin' | null;
  readonly end?: EndWish;
  readonly environment?: 'live' | 'test';
  readonly enabled?: boolean;
}

/** What a caller does; `by` chooses among those that there are, and `at` among the keys that it may know of. */
export type Step =
  | { readonly do: 'create'; readonly by: number; readonly wish: KeyWish }
  | { readonly do: 'patch'; readonly by: number; readonly at: number; readonly wish: KeyWish }
  | { readonly do: 'rotate'; readonly by: number; readonly at: number; readonly overlapSeconds: number }
  | {
      readonly do: 'issue';
      readonly by: number;
      readonly scopes?: ScopeWish;
      readonly ttlSeconds?: number;
      readonly heartbeatSeconds?: number;
    }
  | { readonly do: 'beat'; readonly by: number }
  | {
      readonly do: 'exchange';
      readonly by: number;
      readonly scopes?: ScopeWish;
      readonly ttlSeconds?: number;
    }
  | { readonly do: 'pass'; readonly seconds: number }
  | { readonly do: 'pass to'; readonly afterExp: number };

/** How long the token of a play is valid, seconds. */
export const tokenSeconds = 120;

const by = fc.nat({ max: 7 });
const at = fc.nat({ max: 9 });
const held: fc.Arbitrary<ScopeWish> = fc.record({
  held: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }),
});
const scopes: fc.Arbitrary<ScopeWish> = fc.oneof(
  { weight: 4, arbitrary: held },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ScopeWish>(
      ['*:*'],
      ['*:read', 'mcp:*'],
      ['notes:*', 'api-keys:write'],
      ['api-keys:*'],
      ['admin:*'],
      ['members:*', 'trust-rules:write'],
      [],
      null,
    ),
  },
);
const end: fc.Arbitrary<EndWish> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(-60, -1, -0.001, 0).map((afterExp) => ({ afterExp })) },
  { weight: 1, arbitrary: fc.constantFrom(0.001, 1, 30, 3_600).map((afterExp) => ({ afterExp })) },
  { weight: 1, arbitrary: fc.constantFrom(20, 119, 121).map((fromNow) => ({ fromNow })) },
  { weight: 1, arbitrary: fc.constantFrom(null, undefined) },
);
const role = fc.constantFrom('read_only' as const, 'write_agent' as const, 'admin' as const, null);
const create = fc.record({
  do: fc.constant('create' as const),
  by,
  wish: fc.record(
    { scopes, end, role: fc.option(role, { freq: 1 }), environment: fc.constantFrom('live', 'test') },
    { requiredKeys: ['scopes', 'end'] },
  ),
});
const patch = fc.record({
  do: fc.constant('patch' as const),
  by,
  at,
  wish: fc.oneof(
    { weight: 3, arbitrary: fc.record({ scopes, end, role, enabled: fc.boolean() }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.constant({ enabled: true }) },
  ),
});
const rotate = fc.record({
  do: fc.constant('rotate' as const),
  by,
  at,
  overlapSeconds: fc.constantFrom(0, 60),
});
const issue = fc.record(
  {
    do: fc.constant('issue' as const),
    by,
    scopes,
    ttlSeconds: fc.constantFrom(10, 60, 120, 121, 86_400),
    heartbeatSeconds: fc.constantFrom(5, 10),
  },
  { requiredKeys: ['do', 'by'] },
);
const exchange = fc.record(
  { do: fc.constant('exchange' as const), by, scopes, ttlSeconds: fc.constantFrom(60, 900) },
  { requiredKeys: ['do', 'by'] },
);

/** Mostly things that make keys. */
export const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Step>[]>(
    { weight: 6, arbitrary: create as fc.Arbitrary<Step> },
    { weight: 4, arbitrary: patch as fc.Arbitrary<Step> },
    { weight: 4, arbitrary: rotate },
    { weight: 6, arbitrary: issue as fc.Arbitrary<Step> },
    { weight: 3, arbitrary: exchange as fc.Arbitrary<Step> },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('beat' as const), by }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 7, 31) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('pass to' as const),
        afterExp: fc.constantFrom(-1, -0.001, 0, 15),
      }),
    },
  ),
  { minLength: 8, maxLength: 24, size: 'max' },
);
