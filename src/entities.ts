import { AuditEvent } from './audit/audit-event.entity.js';
import { AuditOutboxEntry } from './audit/outbox/audit-outbox-entry.entity.js';
import { Owner } from './identity/owner.entity.js';
import { User } from './identity/user.entity.js';
import { ApiKey } from './key-store/api-key.entity.js';
import { Task } from './key-store/task.entity.js';
import { ToolKey } from './key-store/tool-key.entity.js';
import { KeyUsageCount } from './usage/key-usage-count.entity.js';

/** All tables of the service. */
export const gatehouseEntities = [
  Owner,
  User,
  ApiKey,
  ToolKey,
  Task,
  AuditEvent,
  AuditOutboxEntry,
  KeyUsageCount,
];
