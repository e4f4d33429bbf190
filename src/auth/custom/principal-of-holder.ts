import type { Account } from '../../identity/account.js';
import type { AuthenticatedUser } from '../../principal/authenticated-user.js';
import { effectiveScopes } from '../../principal/grants.js';
import { scopesOfUser } from '../../principal/roles.js';
import { sharedScopes } from '../../principal/scopes.js';
import { frozenPrincipal, linkOfUser } from '../verifiers/principals.js';
import type { CredentialHolder } from './custom-credential.js';

/** Who a request acts as with the credential of this name; never stronger than a person with a JWT is. */
export function principalOfHolder(
  name: string,
  { program, role = null, scopes = null }: CredentialHolder,
  { ownerId, userId, email }: Account,
): AuthenticatedUser {
  const isWhole = program === undefined && role === null && scopes === null;
  const asked = isWhole ? scopesOfUser : effectiveScopes({ role, scopes });
  const link = { type: 'custom', id: program === undefined ? name : `${name}:${program.id}` } as const;
  return frozenPrincipal({
    userId,
    ownerId,
    email,
    source: { type: 'custom', name, id: program?.id ?? userId ?? '' },
    role,
    scopes: sharedScopes(scopesOfUser, asked),
    environment: null,
    actorChain: [...linkOfUser(userId), link],
  });
}
