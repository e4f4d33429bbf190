import type { ApiKey } from '../../key-store/api-key.entity.js';
import { AuthError } from '../../principal/auth-error.js';

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
