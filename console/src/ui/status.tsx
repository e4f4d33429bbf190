import type { ListedKey } from '../api/keys.js';
import { duration } from '../format.js';

const day = 86_400_000;

type StatusFields = Pick<
  ListedKey,
  'status' | 'effectiveStatus' | 'expiresAt' | 'replacedById' | 'lastUsedAt' | 'createdAt'
>;

/** In one word how a key is, and its colour. All is well is grey. */
export function statusOf(key: StatusFields): readonly [tone: string, text: string] {
  const { status, effectiveStatus, expiresAt, replacedById } = key;
  if (status === 'revoked') return ['bad', 'Revoked'];
  if (status === 'expired') return ['bad', 'Expired'];
  if (status === 'disabled') return ['', 'Disabled'];
  if (effectiveStatus === 'owner_disabled') return ['bad', 'Owner disabled'];
  if (effectiveStatus === 'user_disabled') return ['bad', 'User disabled'];
  const left = expiresAt === null ? Infinity : Date.parse(expiresAt) - Date.now();
  if (replacedById !== null) return ['warn', `Overlap ${duration(left)}`];
  if (left < 14 * day) return ['warn', 'Expiring'];
  const idle = Date.now() - Date.parse(key.lastUsedAt ?? key.createdAt);
  return idle > 90 * day ? ['', 'Unused'] : ['calm', 'Active'];
}

export function Status({ of }: { readonly of: StatusFields }) {
  const [tone, text] = statusOf(of);
  return (
    <span class={`chip ${tone}`}>
      <span class="dot" />
      {text}
    </span>
  );
}
