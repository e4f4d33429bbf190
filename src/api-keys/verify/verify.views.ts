import { chainOfApiKey } from '../../auth/verifiers/principals.js';
import type { ToolKey } from '../../key-store/tool-key.entity.js';
import { toApiKey } from '../service/service-key.views.js';
import type { KeyVerdict } from './key-verdicts.service.js';

/** A verdict as it is shown at the time `now`. */
export function toVerdict({ code, ownerId, apiKey, toolKey, missing, limit }: KeyVerdict, now: number) {
  return {
    valid: code === 'VALID',
    code,
    ownerId,
    key: apiKey === null ? null : toApiKey(apiKey, now),
    toolKey: toolKey === null ? null : toToolKey(toolKey),
    actorChain: toolKey?.actorChain ?? (apiKey === null ? [] : chainOfApiKey(apiKey)),
    missing,
    rateLimit: limit === null ? null : toRateLimit(limit),
  };
}

function toToolKey(key: ToolKey) {
  const { id, prefix, ownerId, taskId, attempt, depth, parentId } = key;
  const { scopes, environment, expiresAt, createdAt } = key;
  return { id, prefix, ownerId, taskId, attempt, depth, parentId, scopes, environment, expiresAt, createdAt };
}

function toRateLimit({ limit, windowSeconds, remaining, resetSeconds }: NonNullable<KeyVerdict['limit']>) {
  return { limit, windowSeconds, remaining, resetSeconds };
}
