import type { MigrationInterface } from 'typeorm';
import { postgresMigrations } from './postgres/index.js';
import { sqliteMigrations } from './sqlite/index.js';

type Migrations = (new () => MigrationInterface)[];

/** For the `migrations` of a data source that an application migrates itself, in the order of their time. */
export const gatehouseMigrations: { readonly sqlite: Migrations; readonly postgres: Migrations } = {
  sqlite: sqliteMigrations,
  postgres: postgresMigrations,
};
