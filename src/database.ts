/** The database beside the application's own: access to it, entities, tables and migrations. */
export { AuditEvent } from './audit/audit-event.entity.js';
export { Database } from './database/database.js';
export type { DatabaseOptions } from './database/database-options.js';
export { gatehouseMigrations } from './database/migrations/gatehouse-migrations.js';
export { gatehouseEntities, type GatehouseTables, gatehouseTables } from './entities.js';
export { Owner } from './identity/owner.entity.js';
export { User } from './identity/user.entity.js';
export { ApiKey } from './key-store/api-key.entity.js';
export { Task, ToolKey } from './key-store/tool-key.entity.js';
