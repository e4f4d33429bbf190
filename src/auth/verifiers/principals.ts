import type { Account } from '../../identity/account.js';
import type { ApiKeyState, ToolKeyState } from '../../key-store/key-state.js';
import type { ActorLink, AuthenticatedUser } from '../../principal/authenticated-user.js';
import { effectiveScopes } from '../../principal/grants.js';
import { scopesOfPersonalKey, scopesOfUser } from '../../principal/roles.js';

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
    scopes: key.kind === 'personal' ? scopesOfPersonalKey : effectiveScopes(key),
    environment: key.environment,
    actorChain: [...linkOfUser(key.userId), { type: 'api_key', id: key.id }],
  });
}

export function principalOfToolKey(key: ToolKeyState): AuthenticatedUser {
  return frozen({
    userId: null,
    ownerId: key.ownerId,
    email: null,
    source: { type: 'tool_key', keyId: key.id, taskId: key.taskId },
    role: null,
    scopes: key.scopes,
    environment: key.environment,
    actorChain: key.actorChain,
  });
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
