import type { ToolKey } from '../key-store/tool-key.entity.js';
import type { IssuedToolKey } from './tool-keys.service.js';

export function toIssued({
  stored: { id, prefix, taskId, scopes, expiresAt, createdAt },
  key,
}: IssuedToolKey) {
  return { id, key, prefix, taskId, scopes, expiresAt, createdAt };
}

export function toRevoked({ id, taskId, revokedAt }: ToolKey) {
  return { id, taskId, revokedAt };
}
