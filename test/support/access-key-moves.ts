import {
  canAct,
  free,
  hasEnded,
  isAllowed,
  isPart,
  isWithin,
  type ModelBounds,
  type ModelKey,
  type ModelSettings,
  type ModelWorld,
  type OwnerIndex,
  restrictAll,
  rightsAt,
  rightsOf,
  spellNetworks,
  spellScopes,
} from './access-key-oracle.js';
import type { Wish } from './access-key-steps.js';

const dayMs = 86_400_000;

/** Who asks: the person itself, or with one of its access keys. */
export type Asker = ModelKey | null;

interface Grant {
  readonly rights: Spelled;
  readonly bounds: ModelBounds;
}
type Spelled = ModelSettings['scopes'];

/** What the asker may pass on at the owner; `null` where it cannot manage keys. */
function grantOf(world: ModelWorld, asker: Asker, owner: OwnerIndex): Grant | null {
  if (asker !== null && asker.owner !== owner) return null;
  const rights =
    asker === null ? (canAct(world, owner) ? rightsAt(world, owner) : null) : rightsOf(world, asker);
  return rights?.has('api-keys:write') === true ? { rights, bounds: asker ?? free } : null;
}

/** The settings after a wish; of what it does not name they stay. */
export function wished<T extends ModelBounds & { readonly isOn: boolean }>(
  now: number,
  before: T,
  { enabled, days, networks, limit, scopes }: Wish,
): T {
  return {
    ...before,
    ...(enabled !== undefined && { isOn: enabled }),
    ...(days !== undefined && { end: days === null ? Infinity : now + days * dayMs }),
    ...(networks !== undefined && { places: spellNetworks(networks) }),
    ...(limit !== undefined && { limit: limit ?? Infinity }),
    ...(scopes !== undefined && 'scopes' in before && { scopes: spellScopes(scopes) }),
  };
}

/** The key that a creation makes, without its id; `null` if it is rejected. */
export function created(world: ModelWorld, asker: Asker, owner: OwnerIndex, wish: Wish) {
  const { now, personal, userId } = world;
  const grant = grantOf(world, asker, owner);
  if (grant === null) return null;
  const byDefault = {
    isOn: true,
    scopes: new Set<string>(),
    end: Math.min(now + 90 * dayMs, personal.end, grant.bounds.end),
    places: personal.places,
    limit: personal.limit,
  };
  const window =
    personal.limit < Infinity ? userId : grant.bounds.limit < Infinity ? (asker?.window ?? null) : null;
  const settings = { ...wished(now, byDefault, orDefault(wish)), owner, window };
  const imposed = { ...free, isOn: true };
  const isHeld = isPart(settings.scopes, grant.rights) && isWithin(settings, grant.bounds);
  const key = { ...settings, imposed, isRevoked: false, isReplaced: false };
  return isHeld && isAllowed(world, { ...key, id: '', secret: '', window: '' }) ? key : null;
}

/** To ask for no restriction is to say nothing of it. */
function orDefault({ networks, ...others }: Wish): Wish {
  return networks == null ? others : { ...others, networks };
}

export function patched(world: ModelWorld, asker: Asker, key: ModelKey, wish: Wish): ModelKey | null {
  const grant = grantOf(world, asker, key.owner);
  if (grant === null || hasEnded(world, key)) return null;
  const changed = wished(world.now, key, wish);
  if (!isStronger(changed, key)) return changed;
  const isHeld = isPart(changed.scopes, grant.rights) && isWithin(changed, grant.bounds);
  return isHeld && isAllowed(world, changed) ? changed : null;
}

const isStronger = (changed: ModelSettings, before: ModelSettings) =>
  (changed.isOn && !before.isOn) || !isPart(changed.scopes, before.scopes) || !isWithin(changed, before);

export function narrowed(
  world: ModelWorld,
  asker: Asker,
  key: ModelKey,
  to: readonly string[],
): ModelKey | null {
  const scopes = spellScopes(to);
  const isPossible = grantOf(world, asker, key.owner) !== null && !hasEnded(world, key);
  return isPossible && isPart(scopes, key.scopes) ? { ...key, scopes } : null;
}

/** The window that the new key counts in; `null` if the replacement is rejected. */
export function replacedIn(world: ModelWorld, asker: Asker, key: ModelKey): string | null {
  const grant = grantOf(world, asker, key.owner);
  if (grant === null || hasEnded(world, key) || key.isReplaced) return null;
  if (!isPart(key.scopes, grant.rights) || !isWithin(key, grant.bounds)) return null;
  return grant.bounds.limit < Infinity ? (asker?.window ?? null) : key.window;
}

export function canRevoke(world: ModelWorld, by: Asker | 'administrator', { owner }: ModelKey): boolean {
  return by === 'administrator' ? owner === 1 && world.ownersOn[1] : grantOf(world, by, owner) !== null;
}

/** A key after an admin has changed it; an admin adds no scopes, and cannot let it live forever. */
export function restricted(world: ModelWorld, key: ModelKey, wish: Wish): ModelKey | null {
  const changed = wished(world.now, key, wish);
  if (hasEnded(world, key) || wish.days === null || !isPart(changed.scopes, key.scopes)) return null;
  return { ...changed, imposed: wished(world.now, key.imposed, wish) };
}

/** After an admin has changed the personal key. */
export function restrictPerson(world: ModelWorld, wish: Wish): void {
  world.personal = wished(world.now, world.personal, wish);
  restrictAll(world);
}
