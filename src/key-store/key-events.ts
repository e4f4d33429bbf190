import type { AuditEventType } from '../audit/audit-event.entity.js';
import { type AuditEntry, subjectOf } from '../audit/audit-event.js';
import type { ApiKey } from './api-key.entity.js';
import type { ToolKey } from './tool-key.entity.js';

export function eventOfApiKey(
  type: AuditEventType,
  key: Pick<ApiKey, 'id' | 'ownerId' | 'userId' | 'prefix' | 'name'>,
  details: object = {},
): AuditEntry {
  const { prefix, name } = key;
  return { type, ...subjectOf('api_key', key), details: { prefix, name, ...details } };
}

export function eventOfToolKey(type: AuditEventType, key: ToolKey, details: object = {}): AuditEntry {
  const { taskId, attempt, prefix } = key;
  const subject = subjectOf('tool_key', { ...key, userId: key.issuerUserId });
  return { type, ...subject, details: { taskId, attempt, prefix, ...details } };
}
