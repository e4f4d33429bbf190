/** What the contract says about the access keys of one person, in other words than the code. Owner 0 is its own. */
export type OwnerIndex = 0 | 1;

/** What a list of scopes or networks stands for, spelled out. */
export type Spelled = ReadonlySet<string>;

/** Restrictions; `Infinity` for none. Times are epoch milliseconds. */
export interface ModelBounds {
  readonly end: number;
  readonly places: Spelled;
  readonly limit: number;
}

export interface ModelSettings extends ModelBounds {
  readonly isOn: boolean;
  readonly scopes: Spelled;
}

export interface ModelKey extends ModelSettings {
  readonly id: string;
  readonly secret: string;
  readonly owner: OwnerIndex;
  /** Keys with the same one count against one limit. */
  readonly window: string;
  /** What an admin has set on this key. */
  readonly imposed: ModelBounds & { readonly isOn: boolean };
  readonly isRevoked: boolean;
  readonly isReplaced: boolean;
}

export interface ModelWorld {
  now: number;
  readonly userId: string;
  isUserOn: boolean;
  readonly ownersOn: [boolean, boolean];
  /** What the person may do as a member of owner 1; `null` for no member. */
  membership: Spelled | null;
  /** The personal key, or what an admin has set on it. */
  personal: ModelBounds & { readonly isOn: boolean };
  readonly keys: ModelKey[];
}

/** Those with `other` and the last are named by no key: only a wildcard stands for them, or nothing. */
const allScopes = [
  ...['files', 'notes', 'other'].flatMap((part) => ['read', 'write', 'other'].map((act) => `${part}:${act}`)),
  'api-keys:read',
  'api-keys:write',
  'members:manage',
  'admin:other',
];
/** No wildcard stands for them. */
const reserved = ['api-keys:write', 'members:manage', 'admin:other'];

export function spellScopes(scopes: readonly string[]): Spelled {
  const isHeld = (scope: string) =>
    scopes.includes(scope) ||
    (!reserved.includes(scope) && scopes.some((one) => isMatch(one.split(':'), scope.split(':'))));
  return new Set(allScopes.filter(isHeld));
}

const isMatch = (pattern: readonly string[], parts: readonly string[]) =>
  pattern.every((part, at) => part === '*' || part === parts[at]);

const placesOf: Readonly<Record<string, readonly string[]>> = {
  '127.0.0.1': ['here'],
  '127.0.0.0/8': ['here', 'near'],
  '203.0.113.0/24': ['far'],
};
export const everywhere: Spelled = new Set(['here', 'near', 'far', 'elsewhere']);

export function spellNetworks(networks: readonly string[] | null): Spelled {
  return networks === null ? everywhere : new Set(networks.flatMap((network) => placesOf[network] ?? []));
}

export const free: ModelBounds = { end: Infinity, places: everywhere, limit: Infinity };
export const rightsOfPerson = spellScopes(['*:*', 'api-keys:write', 'members:manage']);

export const both = (some: Spelled, others: Spelled): Spelled =>
  new Set([...some].filter((one) => others.has(one)));
export const isPart = (some: Spelled, of: Spelled) => [...some].every((one) => of.has(one));
export const isWithin = (inner: ModelBounds, outer: ModelBounds) =>
  inner.end <= outer.end && inner.limit <= outer.limit && isPart(inner.places, outer.places);

export function canAct({ isUserOn, ownersOn, membership }: ModelWorld, owner: OwnerIndex): boolean {
  return isUserOn && ownersOn[0] && (owner === 0 || (ownersOn[1] && membership !== null));
}

/** What the person may do for an owner now. */
export function rightsAt({ membership }: ModelWorld, owner: OwnerIndex): Spelled {
  return owner === 0 ? rightsOfPerson : both(rightsOfPerson, membership ?? new Set());
}

export const hasEnded = ({ now }: ModelWorld, { isRevoked, end }: ModelKey) => isRevoked || now >= end;

/** What a key may do now; `null` for one that is rejected. */
export function rightsOf(world: ModelWorld, key: ModelKey): Spelled | null {
  const isGood = canAct(world, key.owner) && !hasEnded(world, key) && key.isOn && key.places.has('here');
  return isGood ? both(key.scopes, rightsAt(world, key.owner)) : null;
}

/** Whether all that an admin has set allows a key to be so. */
export function isAllowed({ personal, now }: ModelWorld, key: ModelKey): boolean {
  const { imposed } = key;
  const isOnAllowed = imposed.isOn || !key.isOn;
  return (
    isOnAllowed && isWithin(key, imposed) && personal.isOn && now < personal.end && isWithin(key, personal)
  );
}

/** Brings all keys within what an admin has set on the personal key. */
export function restrictAll(world: ModelWorld): void {
  const { personal, keys, userId } = world;
  keys.forEach((key, at) => {
    if (hasEnded(world, key)) return;
    const places = both(key.places, personal.places);
    keys[at] = {
      ...key,
      isOn: key.isOn && personal.isOn && places.size > 0,
      end: Math.min(key.end, personal.end),
      places: places.size > 0 ? places : key.places,
      limit: Math.min(key.limit, personal.limit),
      window: personal.limit === Infinity ? key.window : userId,
    };
  });
}
