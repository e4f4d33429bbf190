import { pageOf } from '../http/paging.js';
import { toCreator } from '../http/schemas.js';
import type { Outcome } from '../key-store/outcome.js';
import { ancestorsEnd, toolKeyOutcome } from '../key-store/tool-key.state.js';
import type { ToolKey } from '../key-store/tool-key.entity.js';
import type { FoundToolKey } from '../key-store/tool-key.store.js';
import { defaultTtlSeconds, type ToolKeyRequest } from './tool-key.schemas.js';
import type { IssuedToolKey } from './tool-key-issuer.js';
import type { RepeatedToolKey } from './repeated-issues.js';
import type { ToolKeyPage } from './tool-key-lists.js';

/** A tool key with its status at the time `now`. */
export function toToolKey({ key, state }: FoundToolKey, now: number) {
  return viewOf(key, toolKeyOutcome(state, now));
}

export function toIssued(
  issued: IssuedToolKey | RepeatedToolKey,
  { ttlSeconds = defaultTtlSeconds }: ToolKeyRequest,
  now: number,
) {
  const { key, secret } = issued;
  const outcome = 'state' in issued ? toolKeyOutcome(issued.state, now) : 'VALID';
  const shortened = key.expiresAt.getTime() < key.createdAt.getTime() + ttlSeconds * 1000;
  return { ...viewOf(key, outcome), shortened, key: secret };
}

export function toToolKeys({ found, hasMore }: ToolKeyPage, list: string, now: number) {
  const { rows, nextCursor } = pageOf(
    found.map((one) => toToolKey(one, now)),
    hasMore,
    list,
  );
  return { keys: rows, nextCursor };
}

/** With the owner of each. */
export function toToolKeysOfAll(page: ToolKeyPage, list: string, now: number) {
  const rows = page.found.map((found) => ({ ...toToolKey(found, now), ownerId: found.key.ownerId }));
  const { rows: keys, nextCursor } = pageOf(rows, page.hasMore, list);
  return { keys, nextCursor };
}

export function toOwnToolKey(found: FoundToolKey, remainingCalls: number | null, now: number) {
  const end = Math.min(found.state.endsAt, ancestorsEnd(found.state));
  const remainingSeconds = Math.max(0, Math.floor((end - now) / 1000));
  return { ...toToolKey(found, now), remainingSeconds, remainingCalls };
}

/** Without the hash and the fields that count calls. */
function viewOf(key: ToolKey, outcome: Outcome) {
  return {
    id: key.id,
    prefix: key.prefix,
    taskId: key.taskId,
    name: key.name,
    attempt: key.attempt,
    depth: key.depth,
    bounded: key.bounded,
    parentId: key.parentId,
    scopes: key.scopes,
    environment: key.environment,
    actorChain: key.actorChain,
    heartbeatSeconds: key.heartbeatSeconds,
    leaseUntil: key.heartbeatSeconds === null ? null : key.endsAt,
    maxCalls: key.maxCalls,
    remainingCalls: key.maxCalls === null ? null : Math.max(0, key.maxCalls - key.callsUsed - key.callsGiven),
    status: outcome === 'VALID' ? ('active' as const) : ('ended' as const),
    endedBecause: outcome === 'VALID' ? null : outcome,
    expiresAt: key.expiresAt,
    endedAt: key.endedAt,
    lastUsedAt: key.lastUsedAt,
    createdBy: toCreator(key),
    createdAt: key.createdAt,
  };
}
