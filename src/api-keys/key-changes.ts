import type { AuditEventType } from '../audit/audit-event.entity.js';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import type { QueueOptions } from '../database/fair-queue.js';
import { requireActiveKey } from '../key-store/api-key-rules.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import { AuthError } from '../principal/auth-error.js';
import { keyIdOf } from '../principal/authenticated-user.js';
import { type KeyManager, principalOf } from './key-manager.js';

/** The settings of a key that its manager decides. */
export type KeySettings = Pick<
  ApiKey,
  'name' | 'role' | 'scopes' | 'rateLimit' | 'expiresAt' | 'allowedIps' | 'metadata' | 'enabled'
>;

/** Throws for a role or scopes of a personal key, which has those of its user. */
export function requireServiceKey({ kind }: ApiKey, settings: Partial<KeySettings>): void {
  const path = (['role', 'scopes'] as const).find((name) => settings[name] !== undefined);
  if (kind === 'service' || path === undefined) return;
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path, message: 'A personal key does not have this setting.' }],
  });
}

/** The audit events of a change of settings. */
export function eventsOf(
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

/** The expiry of a key that stays valid for `seconds` at most. */
export function endAfter(seconds: number, { expiresAt }: ApiKey, now: number): Date {
  return new Date(Math.min(expiresAt?.getTime() ?? Infinity, now + seconds * 1000));
}

function hasExpired(expiresAt: Date | null, now: number): boolean {
  return expiresAt !== null && expiresAt.getTime() <= now;
}

/** Writes events about one key, in the order given, as part of its change. */
export async function recordKeyEvents(
  keys: ApiKeyChanges,
  actor: AuditActor,
  key: ApiKey,
  types: readonly AuditEventType[],
  details: object = {},
): Promise<void> {
  const { prefix, name } = key;
  const entry = { ...subjectOf('api_key', key), details: { prefix, name, ...details } };
  for (const type of types) await keys.record(actor, { type, ...entry });
}

/** Checks the manager again inside a change, as `requireActiveKey` does; the operator always passes, without a key. */
export async function requireActiveManager(
  keys: ApiKeyChanges,
  manager: KeyManager,
  now: number,
): Promise<ApiKey | null> {
  const user = principalOf(manager);
  return user === undefined ? null : requireActiveKey(keys, user, now);
}

/** Locks the calling key too, so that it cannot be revoked meanwhile; always in one order, so that no two deadlock. */
export async function lockAll(keys: ApiKeyChanges, manager: KeyManager, ...ids: string[]): Promise<void> {
  for (const id of idsToLock(manager, ids)) await keys.lockKey(id);
}

function idsToLock(manager: KeyManager, ids: readonly string[]): string[] {
  const user = principalOf(manager);
  const callingId = user && keyIdOf(user.source);
  return [...new Set(callingId === undefined ? ids : [...ids, callingId])].sort();
}

/** A change waits for its owner's share of the database and for the keys that `lockAll` locks. */
export function queueOptions(manager: KeyManager, ...ids: string[]): QueueOptions {
  const rows = idsToLock(manager, ids).map((id) => `api_keys ${id}`);
  const user = principalOf(manager);
  return user === undefined ? { rows } : { owner: user.ownerId, rows };
}
