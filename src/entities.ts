import { AuditEvent } from './audit/audit-event.entity.js';
import { AuditOutboxEntry } from './audit/audit-outbox.js';
import { Owner } from './identity/owner.entity.js';
import { User } from './identity/user.entity.js';
import { ApiKey } from './key-store/api-key.entity.js';
import { Task, ToolKey } from './key-store/tool-key.entity.js';
import { KeyUsageCount } from './usage/key-count.store.js';

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
