import type { ApiKey } from '../../key-store/api-key.entity.js';
import type { ToolKey } from '../../key-store/tool-key.entity.js';
import type { ActorLink } from '../../principal/authenticated-user.js';
import { toApiKey } from '../service/service-key.views.js';
import type { KeyVerdict } from './key-verdicts.service.js';

/** A verdict as it is shown at the time `now`. */
export function toVerdict({ code, apiKey, toolKey, missing, limit }: KeyVerdict, now: number) {
  return {
    valid: code === 'VALID',
    code,
    key: apiKey === null ? null : toApiKey(apiKey, now),
    toolKey: toolKey === null ? null : toToolKey(toolKey),
    actorChain: toolKey?.actorChain ?? chainOf(apiKey),
    missing,
    rateLimit: limit === null ? null : toRateLimit(limit),
  };
}

function toToolKey(key: ToolKey) {
  const { id, prefix, ownerId, taskId, attempt, depth, parentId } = key;
  const { scopes, environment, expiresAt, createdAt } = key;
  return { id, prefix, ownerId, taskId, attempt, depth, parentId, scopes, environment, expiresAt, createdAt };
}

function chainOf(key: ApiKey | null): ActorLink[] {
  if (key === null) return [];
  const user = key.userId === null ? [] : [{ type: 'user', id: key.userId } as const];
  return [...user, { type: 'api_key', id: key.id }];
}

function toRateLimit({ limit, windowSeconds, remaining, resetSeconds }: NonNullable<KeyVerdict['limit']>) {
  return { limit, windowSeconds, remaining, resetSeconds };
}
