import { newId } from '../database/new-id.js';
import type { MintedKey } from '../key-store/key-mint.js';
import { allowedMissedBeats, taskRefOf, type ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import { creatorOf, isBounded } from '../principal/authenticated-user.js';
import { requireGrant, unbounded } from '../principal/grants.js';
import { delegableScopes, holdsScope, type Scope } from '../principal/scopes.js';
import type { Issuer } from './issuer-lookup.js';
import { type ToolKeyRequest, defaultTtlSeconds } from './tool-key.schemas.js';

const maxDepth = 5;

/** A tool key to be stored, without the fields that depend on its task. */
export type PlannedToolKey = Omit<ToolKey, 'attempt' | 'generation'>;

/**
 * The requested key, issued at the time `now`. Throws `INSUFFICIENT_SCOPE` or `FORBIDDEN` with the offending field when the
 * request exceeds what the issuer may pass on.
 */
export function planToolKey(
  issuer: Issuer,
  request: ToolKeyRequest,
  { hash, prefix }: Pick<MintedKey, 'hash' | 'prefix'>,
  now: number,
): PlannedToolKey {
  const { user, parent } = issuer;
  requireMayIssue(issuer, request);
  const id = newId();
  const scopes = scopesFor(issuer, request);
  const expiresAt = endOf(issuer, request, now);
  // Networks and limit are those of the API key behind it, as they are at each request.
  const bounds = { ...unbounded, environment: user.environment };
  const grant = { ...bounds, ownerId: user.ownerId, role: null, scopes, expiresAt };
  const granter = { ...grant, source: user.source, scopes: user.scopes, expiresAt: issuer.expiresAt };
  requireGrant(granter, grant);
  const { heartbeatSeconds = null, maxCalls = null } = request;
  return {
    id,
    ownerId: user.ownerId,
    taskRef: taskRefOf(user.ownerId, request.taskId),
    taskId: request.taskId,
    name: request.name ?? null,
    depth: (parent?.depth ?? 0) + 1,
    parentId: parent?.id ?? null,
    issuerUserId: issuer.userId,
    issuerKeyId: issuer.keyId,
    hash,
    prefix,
    environment: user.environment,
    scopes,
    bounded: isBounded(user.source),
    actorChain: [...user.actorChain, { type: 'tool_key', id }],
    heartbeatSeconds,
    maxCalls,
    callsUsed: 0,
    callsGiven: 0,
    budgetId: parent?.payerId ?? null,
    settledAt: null,
    expiresAt: new Date(expiresAt),
    endsAt: new Date(leaseEnd(heartbeatSeconds, expiresAt, now)),
    endedAt: null,
    endReason: null,
    lastUsedAt: null,
    ...creatorOf(user),
    createdAt: new Date(now),
  };
}

/** When a lease renewed at `now` ends. All times in epoch milliseconds. */
export function leaseEnd(heartbeatSeconds: number | null, expiresAt: number, now: number): number {
  if (heartbeatSeconds === null) return expiresAt;
  return Math.min(expiresAt, now + allowedMissedBeats * heartbeatSeconds * 1000);
}

const issueScope: Scope = 'tool-keys:issue';

/** The scopes that the issuer must hold: those that the request names are passed on. */
export function neededFor({ parent }: Issuer, { scopes = [] }: ToolKeyRequest): readonly Scope[] {
  return parent === null ? [issueScope, ...scopes] : scopes;
}

function requireMayIssue({ user, parent }: Issuer, { taskId, attempt }: ToolKeyRequest): void {
  if (parent === null) {
    if (holdsScope(user.scopes, issueScope)) return;
    const required = [issueScope];
    throw new AuthError('INSUFFICIENT_SCOPE', {
      details: { required, granted: user.scopes, missing: required },
    });
  }
  if (parent.depth >= maxDepth) throw forbidden('depth', `A tree of tool keys is at most ${maxDepth} deep.`);
  if (taskId !== parent.taskId) throw forbidden('taskId', 'A tool key issues keys for its own task only.');
  if (attempt !== undefined && attempt > parent.attempt)
    throw forbidden('attempt', 'A tool key issues keys for its own attempt only.');
}

/** Scopes that manage keys, members, trust or the platform are never passed on. */
function scopesFor({ user }: Issuer, { scopes }: ToolKeyRequest): Scope[] {
  if (scopes === undefined) return delegableScopes(user.scopes);
  const delegable = new Set(delegableScopes(scopes));
  const missing = scopes.filter((scope) => !delegable.has(scope));
  if (missing.length === 0) return [...delegable];
  throw new AuthError('INSUFFICIENT_SCOPE', {
    details: { path: 'scopes', required: scopes, granted: delegableScopes(user.scopes), missing },
  });
}

/** No later than the expiry of the issuer: its remaining seconds are no whole number that a request could ask for. */
function endOf({ expiresAt }: Issuer, { ttlSeconds }: ToolKeyRequest, now: number): number {
  return Math.min(now + (ttlSeconds ?? defaultTtlSeconds) * 1000, expiresAt ?? Infinity);
}

function forbidden(path: string, message: string): AuthError {
  return new AuthError('FORBIDDEN', { details: [{ path, message }] });
}
