import type { AuditEventType } from '../audit/audit-event.entity.js';
import { type AuditActor, subjectOf } from '../audit/audit-event.js';
import type { ApiKey } from '../key-store/api-key.entity.js';
import type { ApiKeyChanges } from '../key-store/api-key.store.js';
import { AuthError } from '../principal/auth-error.js';

/** What the manager of a key decides about it. */
export type KeySettings = Pick<
  ApiKey,
  'name' | 'role' | 'scopes' | 'rateLimit' | 'expiresAt' | 'allowedIps' | 'metadata' | 'enabled'
>;

/** What a personal key may do follows from its user. */
export function requireServiceKey({ kind }: ApiKey, settings: Partial<KeySettings>): void {
  const path = (['role', 'scopes'] as const).find((name) => settings[name] !== undefined);
  if (kind === 'service' || path === undefined) return;
  throw new AuthError('VALIDATION_FAILED', {
    details: [{ path, message: 'A personal key has none of its own.' }],
  });
}

/** What a change of settings is called in the audit trail. */
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

/** Throws `VALIDATION_FAILED` for an end that has come already. */
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

/** For a personal key that has expired: revoked at its end, so that another expiry does not bring it back. */
export function keptEnded({ kind, revokedAt, expiresAt }: ApiKey, now: number): Partial<ApiKey> | undefined {
  const isOver = kind === 'personal' && revokedAt === null && hasExpired(expiresAt, now);
  return isOver ? { revokedAt: expiresAt, revokeReason: 'expired' } : undefined;
}

/** When a key ends that is to go on for `seconds` at most. */
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
