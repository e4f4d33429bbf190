import { z } from 'zod';
import type { DisabledHolders, KeyHolder } from '../identity/active-holders.js';
import type { KeyStatus } from '../key-store/api-key.store.js';
import { counts } from './usage/key-usage.js';
import { keyStatus } from './service-key.schemas.js';

/** How a key stands now; in lists and of one key. */
export const keyStanding = {
  effectiveStatus: z.enum([...keyStatus.options, 'user_disabled', 'owner_disabled']).meta({
    description:
      '`status` or, of an active key that is rejected because its user or its owner is disabled, which of them is.',
  }),
  usage24h: counts.meta({
    description: 'Requests by outcome in the last 24 hours, the current one included.',
  }),
};

/** The status of a key together with that of its owner and user. */
export function effectiveStatusOf(
  { status, ownerId, userId }: KeyHolder & { readonly status: KeyStatus },
  { owners, users }: DisabledHolders,
): KeyStatus | 'user_disabled' | 'owner_disabled' {
  if (status !== 'active') return status;
  if (userId !== null && users.has(userId)) return 'user_disabled';
  return owners.has(ownerId) ? 'owner_disabled' : 'active';
}
