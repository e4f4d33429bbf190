import { newId } from '../database/new-id.js';
import type { MintedKey } from '../key-store/key-mint.js';
import { taskRefOf, type ToolKey } from '../key-store/tool-key.entity.js';
import { AuthError } from '../principal/auth-error.js';
import { requireGrant, unbounded } from '../principal/grants.js';
import { delegableScopes, holdsScope, missingScopes, type Scope } from '../principal/scopes.js';
import type { Issuer } from './issuer-lookup.js';
import { type ToolKeyRequest, defaultTtlSeconds } from './tool-key.schemas.js';

/** Beats that may be missed in a row before a lease is lost. */
export const allowedMissedBeats = 3;

const deepest = 5;

/** A tool key as it is to be stored, but for what only its task tells. */
export type PlannedToolKey = Omit<ToolKey, 'attempt' | 'generation'>;

/**
 * The key that the issuer wants, at the time `now`. Throws `INSUFFICIENT_SCOPE` or `FORBIDDEN` with what is at fault when
 * that goes beyond what the issuer may pass on.
 */
export function planToolKey(
  issuer: Issuer,
  wish: ToolKeyRequest,
  { hash, prefix }: Pick<MintedKey, 'hash' | 'prefix'>,
  now: number,
): PlannedToolKey {
  const { user, parent } = issuer;
  requireMayIssue(issuer, wish);
  const id = newId();
  const scopes = scopesFor(issuer, wish);
  const expiresAt = endOf(issuer, wish, now);
  // It has the networks and the limit of the API key behind it, as they are at each request.
  const bounds = { ...unbounded, environment: user.environment };
  const grant = { ...bounds, ownerId: user.ownerId, role: null, scopes, expiresAt };
  const granter = { ...grant, source: user.source, scopes: user.scopes, expiresAt: issuer.expiresAt };
  requireGrant(granter, grant, (path) => (path === 'expiresAt' ? 'ttlSeconds' : path));
  const { heartbeatSeconds = null, maxCalls = null } = wish;
  return {
    id,
    ownerId: user.ownerId,
    taskRef: taskRefOf(user.ownerId, wish.taskId),
    taskId: wish.taskId,
    depth: (parent?.depth ?? 0) + 1,
    parentId: parent?.id ?? null,
    issuerUserId: issuer.userId,
    issuerKeyId: issuer.keyId,
    hash,
    prefix,
    environment: user.environment,
    scopes,
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
    createdAt: new Date(now),
  };
}

/** When a key that beats at `now` ends unless it beats again; all times in epoch milliseconds. */
export function leaseEnd(heartbeatSeconds: number | null, expiresAt: number, now: number): number {
  if (heartbeatSeconds === null) return expiresAt;
  return Math.min(expiresAt, now + allowedMissedBeats * heartbeatSeconds * 1000);
}

function requireMayIssue({ user, parent }: Issuer, { taskId, attempt }: ToolKeyRequest): void {
  if (parent === null) {
    if (holdsScope(user.scopes, 'tool-keys:issue')) return;
    const required: Scope[] = ['tool-keys:issue'];
    throw new AuthError('INSUFFICIENT_SCOPE', {
      details: { required, granted: user.scopes, missing: required },
    });
  }
  if (parent.depth >= deepest) throw forbidden('depth', `A tree of tool keys is at most ${deepest} deep.`);
  if (taskId !== parent.taskId) throw forbidden('taskId', 'A tool key issues keys for its own task only.');
  if (attempt !== undefined && attempt > parent.attempt)
    throw forbidden('attempt', 'A tool key issues keys for its own attempt only.');
}

/** Nothing that manages keys or the platform is passed on. */
function scopesFor({ user }: Issuer, { scopes }: ToolKeyRequest): Scope[] {
  if (scopes === undefined) return delegableScopes(user.scopes);
  const missing = missingScopes(delegableScopes(scopes), scopes);
  if (missing.length === 0) return [...new Set(scopes)];
  throw new AuthError('INSUFFICIENT_SCOPE', {
    details: { path: 'scopes', required: scopes, granted: delegableScopes(user.scopes), missing },
  });
}

/** Who did not ask for a time gets one that fits. */
function endOf({ expiresAt }: Issuer, { ttlSeconds }: ToolKeyRequest, now: number): number {
  const end = now + (ttlSeconds ?? defaultTtlSeconds) * 1000;
  return ttlSeconds === undefined ? Math.min(end, expiresAt ?? Infinity) : end;
}

function forbidden(path: string, message: string): AuthError {
  return new AuthError('FORBIDDEN', { details: [{ path, message }] });
}
