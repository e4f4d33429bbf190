import fc from 'fast-check';
import type { OwnerIndex } from './access-key-oracle.js';
import type { Gatehouse } from './gatehouse.js';

const dayMs = 86_400_000;

/** What is asked for; `null` for no restriction, and omitted where nothing is said of it. */
export interface Wish {
  readonly scopes?: readonly string[];
  readonly enabled?: boolean;
  readonly days?: number | null;
  readonly networks?: readonly string[] | null;
  readonly limit?: number | null;
}

/** The key that asks, by its place; `null` for the person itself. */
type By = number | null;

export type Step =
  | { readonly do: 'join'; readonly as: Membership }
  | { readonly do: 'leave' }
  | { readonly do: 'create'; readonly by: By; readonly owner: OwnerIndex; readonly wish: Wish }
  | { readonly do: 'patch'; readonly by: By; readonly at: number; readonly wish: Wish }
  | { readonly do: 'narrow'; readonly by: By; readonly at: number; readonly scopes: readonly string[] }
  | { readonly do: 'rotate'; readonly by: By; readonly at: number; readonly overlapSeconds: number }
  | { readonly do: 'revoke'; readonly by: By | 'administrator'; readonly at: number }
  | { readonly do: 'restrict key'; readonly at: number; readonly wish: Wish }
  | { readonly do: 'restrict person'; readonly wish: Wish }
  | { readonly do: 'refresh personal key' }
  | { readonly do: 'switch owner'; readonly owner: OwnerIndex; readonly enabled: boolean }
  | { readonly do: 'switch user'; readonly enabled: boolean }
  | { readonly do: 'pass'; readonly seconds: number };

/** A step, and the replica that is asked for it. */
export type PlacedStep = Step & { readonly on: number };

export interface Membership {
  readonly scopes?: readonly `${string}:${string}`[];
  readonly role?: 'read_only' | 'write_agent';
}

const scopes = fc.constantFrom(
  ['files:read'],
  ['*:read'],
  ['*:*'],
  ['files:*', 'api-keys:write'],
  ['files:read', 'files:write', 'api-keys:write'],
  ['*:*', 'api-keys:write'],
  ['*:*', 'api-keys:write', 'members:manage'],
);
const networks = fc.constantFrom(null, ['127.0.0.0/8'], ['127.0.0.1'], ['127.0.0.1', '203.0.113.0/24']);
const days = fc.constantFrom(1, 10, 80, 200);
const enabled = fc.boolean();
const limit = fc.constantFrom(null, 900_000, 800_000);

const ofPerson: fc.Arbitrary<Wish> = fc.record({ scopes, enabled, days, networks }, { requiredKeys: [] });
const ofAdmin: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ enabled }),
  fc.record({ networks: fc.oneof(networks, fc.constant(['203.0.113.0/24'])) }),
  fc.record({ days: fc.option(days) }),
  fc.record({ limit }),
  fc.record({ scopes }),
  fc.constant<Wish>({ enabled: true, networks: null, limit: null }),
);
const ofPersonalKey = ofAdmin.map(({ scopes: _scopes, ...wish }) => wish);

const owner = fc.constantFrom<OwnerIndex>(0, 1, 1);
const by = fc.option(fc.nat(5), { freq: 2 });
const at = fc.nat(5);
/** Of two what helps, so that keys work for a while. */
const isOn = fc.constantFrom(true, true, false);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('join' as const),
      as: fc.constantFrom<Membership>(
        {},
        {},
        { scopes: ['files:read'] },
        { scopes: ['*:*', 'api-keys:write'] },
        { scopes: ['files:*', 'api-keys:write'] },
        { role: 'read_only' },
        { role: 'write_agent' },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'leave' } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      by,
      owner,
      wish: fc.record({ scopes, days, networks }, { requiredKeys: ['scopes'] }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('patch' as const), by, at, wish: ofPerson }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('narrow' as const), by, at, scopes }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      by,
      at,
      overlapSeconds: fc.constantFrom(0, 60),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      by: fc.oneof(by, fc.constant('administrator' as const)),
      at,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('restrict key' as const), at, wish: ofAdmin }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('restrict person' as const), wish: ofPersonalKey }) },
  { weight: 1, arbitrary: fc.constant({ do: 'refresh personal key' } as const) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switch owner' as const), owner, enabled: isOn }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('switch user' as const), enabled: isOn }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      seconds: fc.constantFrom(61, 61, 86_400, 20 * 86_400),
    }),
  },
);

export const anySteps: fc.Arbitrary<PlacedStep[]> = fc.array(
  fc.tuple(steps, fc.nat(1)).map(([step, on]) => ({ ...step, on })),
  { minLength: 1, maxLength: 24, size: 'max' },
);

/** The request for a wish. */
export function bodyOf(at: Gatehouse, { scopes, enabled, days, networks, limit }: Wish): object {
  return {
    scopes,
    enabled,
    ...(days !== undefined && {
      expiresAt: days === null ? null : new Date(at.now() + days * dayMs).toISOString(),
    }),
    ...(networks !== undefined && { allowedIps: networks }),
    ...(limit !== undefined && { rateLimit: limit === null ? null : { limit, windowSeconds: 60 } }),
  };
}
