import type { AuditActor } from '../audit/audit-event.js';
import { boundsOf, currentPersonalKey, requirePersonalKeyAllowed } from '../key-store/api-key-rules.js';
import type { ApiKey, ImposedBounds } from '../key-store/api-key.entity.js';
import { lineageOf } from '../key-store/api-key.state.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import { boundExceeded, type Bounds, type RateLimit, unbounded } from '../principal/grants.js';
import { sharedNetworks } from '../principal/networks.js';
import { type KeySettings, recordChange } from './key-changes.js';

/**
 * Inside a change that has locked the user: throws `FORBIDDEN` for an access key beyond what an admin set on it, or on the
 * personal key of its user.
 */
export async function requireWithinImposed(keys: ApiKeyChanges, key: ApiKey, now: number): Promise<void> {
  const { imposed, userId } = key;
  if (imposed !== null) requireWithin(imposed, key);
  if (userId === null) return;
  const personal = await currentPersonalKey(keys, userId);
  requirePersonalKeyAllowed(personal, now);
  if (personal !== null) requireWithin({ ...boundsOf(personal), enabled: true }, key);
}

function requireWithin({ enabled, ...bounds }: ImposedBounds, key: ApiKey): void {
  const path = !enabled && key.enabled ? 'enabled' : boundExceeded(anyEnvironment(bounds), boundsOf(key));
  if (path === undefined) return;
  const message = 'An administrator has restricted this setting of your API keys.';
  throw new AuthError('FORBIDDEN', { message, details: [{ path, message }] });
}

/** The environment of a personal key follows from the installation, and restricts nothing. */
const anyEnvironment = (bounds: Omit<Bounds, 'environment'>): Bounds => ({ ...bounds, environment: null });

/** What an admin has set on an access key, after these settings. */
export function imposedOn({ imposed }: ApiKey, settings: Partial<KeySettings>): ImposedBounds {
  const { enabled, expiresAt, allowedIps, rateLimit } = settings;
  const before = imposed ?? { enabled: true, expiresAt: null, allowedIps: null, rateLimit: null };
  return {
    enabled: enabled ?? before.enabled,
    expiresAt: expiresAt === undefined ? before.expiresAt : (expiresAt?.getTime() ?? null),
    allowedIps: allowedIps === undefined ? before.allowedIps : allowedIps,
    rateLimit: rateLimit === undefined ? before.rateLimit : rateLimit,
  };
}

/**
 * Inside a change: the keys that an admin changes with this one. For a personal key the current or last one of its user, and
 * the user's access keys; otherwise the key alone.
 */
export async function keysOfPerson(
  keys: ApiKeyChanges,
  found: ApiKey,
  now: number,
): Promise<readonly [ApiKey, ...ApiKey[]]> {
  const { kind, userId } = found;
  if (kind !== 'personal' || userId === null) return [found];
  await keys.lockUser(userId);
  const current = (await currentPersonalKey(keys, userId)) ?? found;
  return [current, ...((await keys.findAccessKeys?.(userId, now)) ?? [])];
}

/** Inside a change: a key to be replaced, with its user locked, so that no restriction of the user misses the new key. */
export async function keyOfPerson(keys: ApiKeyChanges, found: ApiKey): Promise<readonly [ApiKey]> {
  if (found.kind === 'access' && found.userId !== null) await keys.lockUser(found.userId);
  return [found];
}

/** Inside a change: brings an access key within the restrictions of its user's personal key. */
export async function bringWithin(
  keys: ApiKeyChanges,
  actor: AuditActor,
  key: ApiKey,
  personal: ApiKey,
): Promise<void> {
  const settings = settingsWithin(personal, key);
  if (Object.keys(settings).length === 0) return;
  const isLimited = settings.rateLimit !== undefined;
  await keys.update(key.id, { ...settings, ...(isLimited && { lineageId: lineageOf(personal) }) });
  await recordChange(keys, actor, key, settings);
}

/** As many as a request may name. */
const mostNetworks = 100;

/** Where no networks are left, or too many, or an admin has set a limit that cannot be compared, the key is disabled. */
function settingsWithin(personal: ApiKey, key: ApiKey): Partial<KeySettings> {
  const { expiresAt, allowedIps } = personal;
  const exceeds = (bounds: Partial<Bounds>) =>
    boundExceeded({ ...unbounded, ...bounds }, boundsOf(key)) !== undefined;
  const shared =
    allowedIps === null || !exceeds({ allowedIps })
      ? undefined
      : sharedNetworks(key.allowedIps ?? allowedIps, allowedIps);
  const isApart = shared !== undefined && (shared.length === 0 || shared.length > mostNetworks);
  const rateLimit = limitWithin(personal, key);
  const isDisabled = key.enabled && (!personal.enabled || isApart || rateLimit === null);
  return {
    ...(isDisabled && { enabled: false }),
    ...(exceeds({ expiresAt: expiresAt?.getTime() ?? null }) && { expiresAt }),
    ...(shared !== undefined && !isApart && { allowedIps: shared }),
    ...(rateLimit && { rateLimit }),
  };
}

/**
 * The limit of an access key that counts in the window of the personal key, as all keys of the user do: never more requests
 * than before. `undefined` where it does already, `null` where an admin has given the access key another window.
 */
function limitWithin(
  personal: ApiKey,
  { rateLimit, lineageId, imposed }: ApiKey,
): RateLimit | null | undefined {
  const limit = personal.rateLimit;
  if (limit === null) return undefined;
  const ofAdmin = imposed?.rateLimit;
  if (ofAdmin && ofAdmin.windowSeconds !== limit.windowSeconds) return null;
  const isWithin = rateLimit?.windowSeconds === limit.windowSeconds && rateLimit.limit <= limit.limit;
  if (isWithin && lineageId === lineageOf(personal)) return undefined;
  return { ...limit, limit: Math.min(limit.limit, rateLimit?.limit ?? Infinity) };
}
