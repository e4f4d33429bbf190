import type { Type } from '@nestjs/common';
import { type EntityClass, namedEntities } from './database/tables/entities.js';
import { type MigrationClass, namedMigrations } from './database/migrations/gatehouse-migrations.js';
import { postgresMigrations } from './database/migrations/postgres/index.js';
import { sqliteMigrations } from './database/migrations/sqlite/index.js';
import { type TableNaming, TableNames } from './database/tables/table-names.js';
import { AuditEvent } from './audit/audit-event.entity.js';
import { AuditOutboxEntry } from './audit/audit-outbox.js';
import { Issuer } from './identity/issuer.entity.js';
import { Owner } from './identity/owner.entity.js';
import { User } from './identity/user.entity.js';
import { ApiKey } from './key-store/api-key.entity.js';
import { IdempotentRequest } from './key-store/idempotent-request.js';
import { LeaseState } from './key-store/lease-outages.js';
import { Task, ToolKey } from './key-store/tool-key.entity.js';
import { KeyUsageCount } from './usage/key-count.store.js';
import { UsageMinute } from './usage/minute-totals.js';
import { KeyScopeUse } from './usage/scope-use.store.js';

/** All tables of the service. */
export const gatehouseEntities: Type[] = [
  Owner,
  User,
  Issuer,
  ApiKey,
  ToolKey,
  Task,
  AuditEvent,
  AuditOutboxEntry,
  KeyUsageCount,
  UsageMinute,
  KeyScopeUse,
  IdempotentRequest,
  LeaseState,
];

/** For the `entities` and `migrations` of a data source. */
export interface GatehouseTables {
  readonly entities: EntityClass[];
  readonly migrations: { readonly sqlite: MigrationClass[]; readonly postgres: MigrationClass[] };
}

/**
 * `gatehouseEntities` and `gatehouseMigrations` for tables whose names begin with `prefix` and that are in `schema`, which
 * the first migration creates if it is missing; SQLite ignores `schema`. Several Gatehouses with different prefixes or
 * schemas can share a database. Repositories use the same classes. Throws for a name that is not of a-z, 0-9 and _.
 */
export function gatehouseTables(naming: TableNaming = {}): GatehouseTables {
  const names = new TableNames(naming);
  return {
    entities: namedEntities(gatehouseEntities, names),
    migrations: {
      sqlite: namedMigrations(sqliteMigrations, names.withoutSchema),
      postgres: namedMigrations(postgresMigrations, names),
    },
  };
}
