import type { Account } from '../../identity/accounts.service.js';
import type { ApiKeyState } from '../../key-store/api-key.state.js';
import type { ToolKeyState } from '../../key-store/tool-key.state.js';
import type { VerifiedJwt } from '../../jwt/verified-jwt.js';
import {
  type ActorLink,
  type AuthenticatedUser,
  chainOfToken,
  isBounded,
} from '../../principal/authenticated-user.js';
import { effectiveScopes } from '../../principal/grants.js';
import { type Scope, scopesOfPersonalKey, scopesOfUser, sharedScopes } from '../../principal/scopes.js';
import type { Membership } from '../owners/owner-resolver.js';
import type { CredentialHolder } from '../custom/custom-credential.js';

/** A bounded token stands for its user within the scopes of the token. */
export function principalOfUser(
  { ownerId, userId, email }: Account,
  { clientId, scopes, actors, expiresAt, role, roleScopes, issuer, subject, claims }: VerifiedJwt,
): AuthenticatedUser {
  const isWhole = role === null && roleScopes === null;
  const given = isWhole
    ? scopesOfUser
    : sharedScopes(scopesOfUser, effectiveScopes({ role, scopes: roleScopes }));
  return frozenPrincipal({
    userId,
    ownerId,
    email,
    source: {
      type: 'jwt',
      ...(clientId !== null && { clientId }),
      ...(scopes !== null && { boundedUntil: new Date(expiresAt).toISOString() }),
      ...(!isWhole && { limited: true }),
    },
    role: scopes === null ? role : null,
    scopes: scopes === null ? given : sharedScopes(given, scopes),
    environment: null,
    actorChain: chainOfToken(userId, { clientId, actors }),
    issuer,
    subject,
    ...(Object.keys(claims).length > 0 && { claims }),
  });
}

export function principalOfApiKey(key: ApiKeyState, account: Account): AuthenticatedUser {
  return frozenPrincipal({
    userId: key.userId,
    ownerId: key.ownerId,
    email: account.email,
    source: { type: 'api_key', keyId: key.id, ...(key.bounded && { bounded: true }) },
    role: key.role,
    scopes: scopesOfApiKey(key),
    environment: key.environment,
    actorChain: chainOfApiKey(key),
  });
}

export function principalOfToolKey(key: ToolKeyState): AuthenticatedUser {
  return frozenPrincipal({
    userId: null,
    ownerId: key.ownerId,
    email: null,
    source: {
      type: 'tool_key',
      keyId: key.id,
      taskId: key.taskId,
      attempt: key.attempt,
      ...(key.bounded && { bounded: true }),
    },
    role: null,
    // What the key at its origin was since made to give up, it has no more either.
    scopes: key.issuerKey === null ? key.scopes : sharedScopes(key.scopes, scopesOfApiKey(key.issuerKey)),
    environment: key.environment,
    actorChain: key.actorChain,
  });
}

/** The same principal for an owner that it is a member of, with no more scopes than it holds by itself. */
export function principalOfMember(
  user: AuthenticatedUser,
  { ownerId, role = null, scopes = null }: Membership,
): AuthenticatedUser {
  const isWhole = role === null && scopes === null;
  if (ownerId === user.ownerId && isWhole) return user;
  const held = isWhole ? user.scopes : sharedScopes(user.scopes, effectiveScopes({ role, scopes }));
  // A tool key has no role, whatever that of its issuer leaves it, nor has a client that a person gave scopes to.
  const hasNoRole = user.source.type === 'tool_key' || isBounded(user.source);
  const shown = hasNoRole ? null : (role ?? user.role);
  return frozenPrincipal({ ...user, ownerId, role: shown, scopes: held });
}

/** Who acts through the key: its user, where it has one, then itself. */
export function chainOfApiKey({ id, userId }: Pick<ApiKeyState, 'id' | 'userId'>): ActorLink[] {
  return [...chainOfToken(userId, {}), { type: 'api_key', id }];
}

function scopesOfApiKey(key: ApiKeyState): readonly Scope[] {
  if (key.kind === 'personal') return scopesOfPersonalKey;
  return key.kind === 'access' ? sharedScopes(scopesOfUser, effectiveScopes(key)) : effectiveScopes(key);
}

/** Frozen, because all requests with the same credential share it. */
function frozenPrincipal(user: AuthenticatedUser): AuthenticatedUser {
  Object.freeze(user.source);
  Object.freeze(user.scopes);
  Object.freeze(user.actorChain);
  return Object.freeze(user);
}

/** Who a request acts as with the credential of this name; never stronger than a person with a JWT is. */
export function principalOfHolder(
  name: string,
  { person, program, role = null, scopes = null }: CredentialHolder,
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
    actorChain: [...chainOfToken(userId, {}), link],
    ...(person !== undefined && { issuer: person.issuer, subject: person.subject }),
  });
}
