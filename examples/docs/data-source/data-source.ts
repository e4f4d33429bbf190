import { gatehouseTables } from 'nestjs-gatehouse/database';
import type { DataSourceOptions } from 'typeorm';
import { CreateNotes1760000000000, Note } from './note.js';

const gatehouse = gatehouseTables({ prefix: 'gh_', schema: 'auth' });

export const options: DataSourceOptions = {
  type: 'better-sqlite3',
  database: 'notes.db',
  entities: [Note, ...gatehouse.entities],
  migrations: [CreateNotes1760000000000, ...gatehouse.migrations.sqlite],
  migrationsRun: true,
};
