import type { LoggerService } from '@nestjs/common';
import type { DatabaseLocation } from '../database-location.js';

/** Logs which migrations were run, if any were. */
export function reportMigrations(
  logger: LoggerService,
  { label }: Pick<DatabaseLocation, 'label'>,
  migrations: readonly string[],
): void {
  if (migrations.length > 0) logger.log(`Migrated ${label}: ${migrations.join(', ')}`);
}
