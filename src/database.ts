/** The database beside the application's own: access to it, entities, tables and migrations. */
export { AuditEvent, type AuditEventType, type AuditSubject } from './audit/audit-event.entity.js';
export { Database, type ReadOptions, type WriteOptions } from './database/database.js';
export type {
  ChangeFeedOptions,
  CommonDatabaseOptions,
  DatabaseOptions,
  DatabaseUrlOptions,
  HostDatabaseOptions,
} from './database/database-options.js';
export type { Lane, QueueOptions } from './database/fair-queue.js';
export { gatehouseMigrations, type MigrationClass } from './database/migrations/gatehouse-migrations.js';
export type { EntityClass } from './database/tables/entities.js';
export type { TableNaming } from './database/tables/table-names.js';
export { gatehouseEntities, type GatehouseTables, gatehouseTables } from './entities.js';
export { Owner } from './identity/owner.entity.js';
export { User } from './identity/user.entity.js';
export { ApiKey, type ImposedBounds } from './key-store/api-key.entity.js';
export { IdempotentRequest } from './key-store/idempotent-request.js';
export { Task, ToolKey, type ToolKeyEnd } from './key-store/tool-key.entity.js';
export type { RateLimit } from './principal/grants.js';
