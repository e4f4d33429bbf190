import type { Account } from '../../identity/account.js';
import type { ApiKeyState } from '../../key-store/key-state.js';
import type { ToolKeyState } from '../../key-store/tool-key-state.js';
import type { ActorLink, AuthenticatedUser } from '../../principal/authenticated-user.js';
import { effectiveScopes } from '../../principal/grants.js';
import { scopesOfPersonalKey, scopesOfUser } from '../../principal/roles.js';
import { type Scope, sharedScopes } from '../../principal/scopes.js';

export function principalOfUser({ ownerId, userId, email }: Account): AuthenticatedUser {
  return frozen({
    userId,
    ownerId,
    email,
    source: { type: 'jwt' },
    role: null,
    scopes: scopesOfUser,
    environment: null,
    actorChain: linkOfUser(userId),
  });
}

export function principalOfApiKey(key: ApiKeyState, account: Account): AuthenticatedUser {
  return frozen({
    userId: key.userId,
    ownerId: key.ownerId,
    email: account.email,
    source: { type: 'api_key', keyId: key.id },
    role: key.role,
    scopes: scopesOfApiKey(key),
    environment: key.environment,
    actorChain: chainOfApiKey(key),
  });
}

export function principalOfToolKey(key: ToolKeyState): AuthenticatedUser {
  return frozen({
    userId: null,
    ownerId: key.ownerId,
    email: null,
    source: { type: 'tool_key', keyId: key.id, taskId: key.taskId, attempt: key.attempt },
    role: null,
    // What the key at its origin was since made to give up, it has no more either.
    scopes: key.issuerKey === null ? key.scopes : sharedScopes(key.scopes, scopesOfApiKey(key.issuerKey)),
    environment: key.environment,
    actorChain: key.actorChain,
  });
}

/** Who acts through the key: its user, where it has one, then itself. */
export function chainOfApiKey({ id, userId }: Pick<ApiKeyState, 'id' | 'userId'>): ActorLink[] {
  return [...linkOfUser(userId), { type: 'api_key', id }];
}

function scopesOfApiKey(key: ApiKeyState): readonly Scope[] {
  return key.kind === 'personal' ? scopesOfPersonalKey : effectiveScopes(key);
}

function linkOfUser(userId: string | null): ActorLink[] {
  return userId === null ? [] : [{ type: 'user', id: userId }];
}

/** A principal is shared by all requests with the same credential, so nobody may change it. */
function frozen(user: AuthenticatedUser): AuthenticatedUser {
  Object.freeze(user.source);
  Object.freeze(user.scopes);
  Object.freeze(user.actorChain);
  return Object.freeze(user);
}
