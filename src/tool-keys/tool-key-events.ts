import type { AuditEventType } from '../audit/audit-event.entity.js';
import type { AuditEntry } from '../audit/audit-trail.js';
import type { Task } from '../key-store/task.entity.js';
import type { ToolKey } from '../key-store/tool-key.entity.js';

export function eventOfToolKey(type: AuditEventType, key: ToolKey, details: object = {}): AuditEntry {
  const { id, ownerId, issuerUserId, taskId, attempt, prefix } = key;
  const subject = { subjectType: 'tool_key', subjectId: id, ownerId, userId: issuerUserId } as const;
  return { type, ...subject, details: { taskId, attempt, prefix, ...details } };
}

/** About all keys of the task. */
export function eventOfTask(type: AuditEventType, task: Task, details: object): AuditEntry {
  const { id, ownerId, taskId, attempt } = task;
  const subject = { subjectType: 'task', subjectId: id, ownerId, userId: null } as const;
  return { type, ...subject, details: { taskId, attempt, ...details } };
}
