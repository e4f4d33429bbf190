import type { AuditEventType } from '../audit/audit-event.entity.js';
import type { AuditActor } from '../audit/audit-event.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import { eventOfApiKey } from '../key-store/key-events.js';
import type { MintedKey } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import type { Environment } from '../principal/authenticated-user.js';

/** The settings of a key that its manager decides. */
export type KeySettings = Pick<
  ApiKey,
  'name' | 'role' | 'scopes' | 'rateLimit' | 'expiresAt' | 'allowedIps' | 'metadata' | 'enabled'
>;

/** What `create` takes: the owner, the environment if it is not the default one, and the settings of the key. */
export type NewServiceKey = Partial<KeySettings> & {
  readonly ownerId: string;
  readonly name: string;
  readonly environment?: Environment;
};

/** Throws for a role or scopes of a personal key, which has those of its user, and for an access key without scopes. */
export function requireSettable({ kind }: ApiKey, { role, scopes }: Partial<KeySettings>): void {
  if (kind === 'service') return;
  if (role !== undefined) throw noSetting('role', 'A key of a person does not have this setting.');
  if (scopes === undefined) return;
  if (kind === 'personal') throw noSetting('scopes', 'A personal key does not have this setting.');
  if (scopes === null || scopes.length === 0)
    throw noSetting('scopes', 'An access key has at least one scope.');
}

function noSetting(path: 'role' | 'scopes', message: string): AuthError {
  return new AuthError('VALIDATION_FAILED', { details: [{ path, message }] });
}

/** True for a change of what people recognize a key by. */
export function isDescribed({ name, metadata }: Partial<KeySettings>): boolean {
  return name !== undefined || metadata !== undefined;
}

/** The audit events of a change of settings. */
function eventsOf(
  key: ApiKey,
  { enabled, ...others }: Partial<KeySettings>,
): ('updated' | 'enabled' | 'disabled')[] {
  const switched =
    enabled === undefined || enabled === key.enabled
      ? []
      : [enabled ? ('enabled' as const) : ('disabled' as const)];
  return Object.keys(others).length > 0 ? [...switched, 'updated'] : switched;
}

/** Throws `VALIDATION_FAILED` for an expiry in the past. */
export function requireFuture(expiresAt: Date | null | undefined, now: number): void {
  if (!expiresAt || expiresAt.getTime() > now) return;
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path: 'expiresAt', message: 'must be in the future' }],
  });
}

/** Throws `KEY_ENDED` for a key that was revoked or has expired. */
export function requireUnended({ revokedAt, expiresAt }: ApiKey, now: number): void {
  if (revokedAt !== null || hasExpired(expiresAt, now)) throw new AuthError('KEY_ENDED');
}

/** Revokes an expired personal key as of its expiry, so that a later expiry does not reactivate it. */
export function keptEnded({ kind, revokedAt, expiresAt }: ApiKey, now: number): Partial<ApiKey> | undefined {
  const isOver = kind === 'personal' && revokedAt === null && hasExpired(expiresAt, now);
  return isOver ? { revokedAt: expiresAt, revokeReason: 'expired' } : undefined;
}

/** A new key with the settings of `key`, which it replaces. */
export function replacementOf(key: ApiKey, minted: MintedKey, made: Partial<ApiKey>, now: number): ApiKey {
  const { id: replacesId, hash: _hash, prefix: _prefix, createdAt: _createdAt, ...others } = key;
  const { expiringAt: _expiringAt, idleSince: _idleSince, unusedNotedAt: _notedAt, ...settings } = others;
  const unused = { lastUsedAt: null, lastUsedIp: null, lastUsedUserAgent: null };
  return newApiKey(minted, { ...settings, ...unused, replacesId, ...made }, now);
}

/** How a replaced key ends: at once or, with an overlap, that many seconds later and never after its own expiry. */
export function endOfReplaced({ expiresAt }: ApiKey, overlapSeconds: number, now: number): Partial<ApiKey> {
  if (overlapSeconds === 0) return { revokedAt: new Date(now) };
  return { expiresAt: new Date(Math.min(expiresAt?.getTime() ?? Infinity, now + overlapSeconds * 1000)) };
}

function hasExpired(expiresAt: Date | null, now: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now;
}

/** Writes the events of a change of settings, as part of it. */
export function recordChange(
  keys: ApiKeyChanges,
  actor: AuditActor,
  key: ApiKey,
  settings: Partial<KeySettings>,
): Promise<void> {
  const details = { changed: Object.keys(settings) };
  return recordKeyEvents(keys, actor, { ...key, ...settings }, eventsOf(key, settings), details);
}

/** Writes events about one key, in the order given, as part of its change. */
export async function recordKeyEvents(
  keys: ApiKeyChanges,
  actor: AuditActor,
  key: ApiKey,
  types: readonly AuditEventType[],
  details: object = {},
): Promise<void> {
  for (const type of types) await keys.record(actor, eventOfApiKey(type, key, details));
}

/** Writes the events of a key and of the one it replaces. */
export async function recordReplacement(
  keys: ApiKeyChanges,
  actor: AuditActor,
  { stored, previous, overlapSeconds }: { stored: ApiKey; previous: ApiKey; overlapSeconds: number },
): Promise<void> {
  const replacedById = stored.id;
  await recordKeyEvents(keys, actor, stored, ['created'], { replacesId: previous.id });
  await recordKeyEvents(keys, actor, previous, ['rotated'], { replacedById, overlapSeconds });
  if (overlapSeconds === 0) await recordKeyEvents(keys, actor, previous, ['revoked'], { reason: 'rotated' });
}
