import { newIdAfter } from '../database/new-id.js';
import { boundsOf, requirePersonalKeyAllowed } from '../key-store/api-key-rules.js';
import { type ApiKey, newApiKey } from '../key-store/api-key.entity.js';
import type { MintedKey } from '../key-store/key-mint.js';
import { AuthError } from '../principal/auth-error.js';
import { type AuthenticatedUser, type Environment, isLimited } from '../principal/authenticated-user.js';
import { requireGrant } from '../principal/grants.js';
import { scopesOfPersonalKey } from '../principal/scopes.js';

/** The user of a personal key, and its default owner. */
export interface Holder {
  readonly ownerId: string;
  readonly userId: string;
}

interface PersonalKeySettings extends Holder {
  readonly name: string | undefined;
  readonly environment: Environment;
}

/**
 * Throws `FORBIDDEN` for a credential with fewer rights than the key. A membership limits the personal key too; the scopes
 * of a token or of a custom credential would not.
 */
export function requireWhole(user: AuthenticatedUser): void {
  if (!isLimited(user, scopesOfPersonalKey)) return;
  throw new AuthError('FORBIDDEN', { message: 'A personal key is stronger than this credential.' });
}

/** The user of a credential. Throws `FORBIDDEN` for one without a user. */
export function personOf({ userId }: AuthenticatedUser): string {
  if (userId === null) throw new AuthError('FORBIDDEN', { message: 'Only a user has a personal key.' });
  return userId;
}

/** A new key of a user, with what an admin set on the last one. Throws `FORBIDDEN` if an admin disabled or expired that. */
export function newPersonalKey(
  minted: MintedKey,
  { name = 'Personal key', ...others }: PersonalKeySettings,
  last: ApiKey | null,
  now: number,
): ApiKey {
  requirePersonalKeyAllowed(last, now);
  const creator = { createdByType: 'user', createdById: others.userId } as const;
  const settings = { kind: 'personal', name, ...others, ...creator } as const;
  const key = newApiKey(minted, last === null ? settings : { ...settings, ...carriedOver(last) }, now);
  requireWithin(last, key);
  return key;
}

/** What an admin set is carried from key to key. The id is the greatest, so that this key counts as the newest. */
function carriedOver({ id, expiresAt, allowedIps, rateLimit }: ApiKey): Partial<ApiKey> {
  return { id: newIdAfter(id), expiresAt, allowedIps, rateLimit };
}

function requireWithin(last: ApiKey | null, key: ApiKey): void {
  if (last === null) return;
  // The scopes follow from the user, and the environment from the installation.
  const granter = { ownerId: key.ownerId, scopes: [], ...boundsOf(last), environment: null };
  requireGrant(granter, { ...key, ...boundsOf(key) });
}
